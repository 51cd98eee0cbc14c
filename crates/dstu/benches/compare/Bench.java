// Bouncy Castle's side of compare.sh, through its low-level interface.

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.asn1.ua.*;
import org.bouncycastle.crypto.*;
import org.bouncycastle.crypto.agreement.ECDHCBasicAgreement;
import org.bouncycastle.crypto.digests.GOST3411Digest;
import org.bouncycastle.crypto.engines.GOST28147Engine;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.modes.CFBBlockCipher;
import org.bouncycastle.crypto.params.*;
import org.bouncycastle.crypto.signers.DSTU4145Signer;
import org.bouncycastle.math.ec.ECPoint;

public class Bench {
    static final int BULK = 1 << 18;

    // Whether this run is to show what a program sees that has just started.
    static boolean cold;

    // A second and a half of warming up for the compiler, then the best of 25
    // batches; cold, the mean of the first hundred.
    static void measure(String what, Runnable work) {
        if (cold) {
            long start = System.nanoTime();
            for (int i = 0; i < 100; i++) work.run();
            System.out.println(
                "Bouncy Castle, first 100\t" + what + "\t" + (System.nanoTime() - start) / 100);
            return;
        }
        long warm = System.nanoTime() + 1_500_000_000L;
        while (System.nanoTime() < warm) work.run();
        long start = System.nanoTime();
        int count = 0;
        while (System.nanoTime() - start < 20_000_000L) { work.run(); count++; }
        long best = Long.MAX_VALUE;
        for (int batch = 0; batch < 25; batch++) {
            start = System.nanoTime();
            for (int i = 0; i < count; i++) work.run();
            best = Math.min(best, (System.nanoTime() - start) / count);
        }
        System.out.println("Bouncy Castle\t" + what + "\t" + best);
    }

    static byte[] sbox() {
        byte[] packed = DSTU4145Params.getDefaultDKE(), out = new byte[128];
        for (int i = 0; i < 64; i++) {
            out[2 * i] = (byte) ((packed[i] >> 4) & 15);
            out[2 * i + 1] = (byte) (packed[i] & 15);
        }
        return out;
    }

    static void curve(int m, int index) {
        ECDomainParameters p = DSTU4145NamedCurves.getByOID(DSTU4145NamedCurves.getOIDs()[index]);
        SecureRandom random = new SecureRandom();
        BigInteger d = new BigInteger(p.getN().bitLength() - 1, random);
        ECPoint q = p.getG().multiply(d).negate().normalize();
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) 0x5a);
        DSTU4145Signer signer = new DSTU4145Signer(), verifier = new DSTU4145Signer();
        signer.init(true, new ParametersWithRandom(new ECPrivateKeyParameters(d, p), random));
        verifier.init(false, new ECPublicKeyParameters(q, p));
        BigInteger[] rs = signer.generateSignature(hash);
        measure("sign " + m, () -> signer.generateSignature(hash));
        measure("verify " + m, () -> {
            if (!verifier.verifySignature(hash, rs[0], rs[1])) throw new IllegalStateException();
        });
        ECDHCBasicAgreement agreement = new ECDHCBasicAgreement();
        agreement.init(new ECPrivateKeyParameters(d, p));
        ECPublicKeyParameters other = new ECPublicKeyParameters(q, p);
        measure("ECDH " + m, () -> agreement.calculateAgreement(other));
        byte[] packed = DSTU4145PointEncoder.encodePoint(q);
        measure("open public key " + m, () ->
            new ECPublicKeyParameters(DSTU4145PointEncoder.decodePoint(p.getCurve(), packed), p));
    }

    public static void main(String[] args) {
        if (args.length > 0) {
            cold = true;
            curve(Integer.parseInt(args[0]), args[0].equals("257") ? 6 : 9);
            return;
        }
        curve(257, 6);
        curve(431, 9);
        byte[] sbox = sbox(), data = new byte[BULK], out = new byte[BULK], digest = new byte[32];
        measure("hash", () -> {
            GOST3411Digest hash = new GOST3411Digest(sbox);
            hash.update(data, 0, BULK);
            hash.doFinal(digest, 0);
        });
        CipherParameters key = new ParametersWithIV(
            new ParametersWithSBox(new KeyParameter(new byte[32]), sbox), new byte[8]);
        for (boolean forward : new boolean[] {true, false}) {
            CFBBlockCipher cfb = new CFBBlockCipher(new GOST28147Engine(), 64);
            measure(forward ? "CFB encrypt" : "CFB decrypt", () -> {
                cfb.init(forward, key);
                cfb.processBytes(data, 0, BULK, out, 0);
            });
        }
        measure("PBKDF2", () -> {
            PKCS5S2ParametersGenerator generator =
                new PKCS5S2ParametersGenerator(new GOST3411Digest(sbox));
            generator.init(new byte[8], new byte[32], 10_000);
            generator.generateDerivedMacParameters(256);
        });
    }
}
