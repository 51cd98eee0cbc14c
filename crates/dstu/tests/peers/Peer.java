// Answers the tests' questions with Bouncy Castle: one question a line on
// standard input (operation and hexadecimal arguments, "-" for no bytes), one
// answer a line. Field elements and numbers are big-endian, hashes as they come.

import java.io.*;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.*;
import org.bouncycastle.asn1.ua.*;
import org.bouncycastle.crypto.*;
import org.bouncycastle.crypto.agreement.ECDHCBasicAgreement;
import org.bouncycastle.crypto.digests.*;
import org.bouncycastle.crypto.engines.GOST28147Engine;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.macs.*;
import org.bouncycastle.crypto.modes.*;
import org.bouncycastle.crypto.params.*;
import org.bouncycastle.crypto.signers.DSTU4145Signer;
import org.bouncycastle.math.ec.*;

public class Peer {
    static byte[] bytes(String hex) {
        if (hex.equals("-")) return new byte[0];
        byte[] out = new byte[hex.length() / 2];
        for (int i = 0; i < out.length; i++)
            out[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        return out;
    }

    static String hex(byte[] data) {
        StringBuilder out = new StringBuilder();
        for (byte b : data) out.append(String.format("%02x", b));
        return out.length() == 0 ? "-" : out.toString();
    }

    static BigInteger number(String hex) { return new BigInteger(hex, 16); }

    static ECDomainParameters curve(String index) {
        return DSTU4145NamedCurves.getByOID(DSTU4145NamedCurves.getOIDs()[Integer.parseInt(index)]);
    }

    // One nibble a byte, as the engine wants its substitutions.
    static byte[] sbox(String packed) {
        byte[] in = bytes(packed), out = new byte[128];
        for (int i = 0; i < 64; i++) {
            out[2 * i] = (byte) ((in[i] >> 4) & 15);
            out[2 * i + 1] = (byte) (in[i] & 15);
        }
        return out;
    }

    static CipherParameters key(String packed, String key) {
        return new ParametersWithSBox(new KeyParameter(bytes(key)), sbox(packed));
    }

    static String stream(StreamCipher cipher, boolean forward, String[] q) {
        cipher.init(forward, new ParametersWithIV(key(q[1], q[2]), bytes(q[3])));
        byte[] in = bytes(q[4]), out = new byte[in.length];
        cipher.processBytes(in, 0, in.length, out, 0);
        return hex(out);
    }

    static String ecb(boolean forward, String[] q) {
        GOST28147Engine engine = new GOST28147Engine();
        engine.init(forward, key(q[1], q[2]));
        byte[] in = bytes(q[3]), out = new byte[in.length];
        for (int i = 0; i < in.length; i += 8) engine.processBlock(in, i, out, i);
        return hex(out);
    }

    static String digest(Digest digest, byte[] message) {
        digest.update(message, 0, message.length);
        byte[] out = new byte[digest.getDigestSize()];
        digest.doFinal(out, 0);
        return hex(out);
    }

    static String mac(Mac mac, CipherParameters key, byte[] message) {
        mac.init(key);
        mac.update(message, 0, message.length);
        byte[] out = new byte[mac.getMacSize()];
        mac.doFinal(out, 0);
        return hex(out);
    }

    static String describe(String index) {
        ECDomainParameters p = curve(index);
        ECCurve.F2m c = (ECCurve.F2m) p.getCurve();
        ECPoint g = p.getG().normalize();
        return c.getM() + " " + c.getK1() + "," + c.getK2() + "," + c.getK3() + " "
            + c.getA().toBigInteger() + " " + hex(c.getB().getEncoded()) + " " + p.getN().toString(16)
            + " " + hex(DSTU4145PointEncoder.encodePoint(g)) + " " + p.getH();
    }

    static String answer(String[] q) {
        switch (q[0]) {
            case "curve": return describe(q[1]);
            case "public": {
                ECPoint point = curve(q[1]).getG().multiply(number(q[2])).negate().normalize();
                return hex(DSTU4145PointEncoder.encodePoint(point)) + " "
                    + hex(point.getAffineXCoord().getEncoded()) + " "
                    + hex(point.getAffineYCoord().getEncoded());
            }
            case "sign": {
                DSTU4145Signer signer = new DSTU4145Signer();
                signer.init(true, new ParametersWithRandom(
                    new ECPrivateKeyParameters(number(q[2]), curve(q[1])), new SecureRandom()));
                BigInteger[] rs = signer.generateSignature(bytes(q[3]));
                return rs[0].toString(16) + " " + rs[1].toString(16);
            }
            case "verify": {
                ECDomainParameters p = curve(q[1]);
                DSTU4145Signer signer = new DSTU4145Signer();
                signer.init(false, new ECPublicKeyParameters(
                    DSTU4145PointEncoder.decodePoint(p.getCurve(), bytes(q[2])), p));
                return "" + signer.verifySignature(bytes(q[3]), number(q[4]), number(q[5]));
            }
            case "ecdh": {
                ECDomainParameters p = curve(q[1]);
                ECDHCBasicAgreement agreement = new ECDHCBasicAgreement();
                agreement.init(new ECPrivateKeyParameters(number(q[2]), p));
                return agreement.calculateAgreement(new ECPublicKeyParameters(
                    DSTU4145PointEncoder.decodePoint(p.getCurve(), bytes(q[3])), p)).toString(16);
            }
            case "hash": return digest(new GOST3411Digest(sbox(q[1])), bytes(q[2]));
            case "kupyna": return digest(new DSTU7564Digest(Integer.parseInt(q[1])), bytes(q[2]));
            case "hmac":
                return mac(new HMac(new GOST3411Digest(sbox(q[1]))), new KeyParameter(bytes(q[2])),
                    bytes(q[3]));
            case "pbkdf2": {
                PKCS5S2ParametersGenerator generator =
                    new PKCS5S2ParametersGenerator(new GOST3411Digest(sbox(q[1])));
                generator.init(bytes(q[2]), bytes(q[3]), Integer.parseInt(q[4]));
                int bits = 8 * Integer.parseInt(q[5]);
                return hex(((KeyParameter) generator.generateDerivedMacParameters(bits)).getKey());
            }
            case "mac": return mac(new GOST28147Mac(), key(q[1], q[2]), bytes(q[3]));
            case "ecb-encrypt": return ecb(true, q);
            case "ecb-decrypt": return ecb(false, q);
            case "cfb-encrypt": return stream(new CFBBlockCipher(new GOST28147Engine(), 64), true, q);
            case "cfb-decrypt": return stream(new CFBBlockCipher(new GOST28147Engine(), 64), false, q);
            case "ctr": return stream(new GOFBBlockCipher(new GOST28147Engine()), true, q);
            default: throw new IllegalArgumentException(q[0]);
        }
    }

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false);
        for (String line; (line = in.readLine()) != null; ) out.println(answer(line.split(" ")));
        out.flush();
    }
}
