// The MAC of PKCS#12 with GOST 34.311, by Bouncy Castle (RFC 7292 appendix B):
// `java Mac.java SUBSTITUTION PASSWORD SALT ITERATIONS CONTENT`, octets in hexadecimal.

import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.GOST3411Digest;
import org.bouncycastle.crypto.generators.PKCS12ParametersGenerator;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.util.encoders.Hex;

public class Mac {
    public static void main(String[] args) {
        // One nibble a byte, as the digest wants its substitution.
        byte[] packed = Hex.decode(args[0]), sbox = new byte[128];
        for (int i = 0; i < 64; i++) {
            sbox[2 * i] = (byte) ((packed[i] >> 4) & 15);
            sbox[2 * i + 1] = (byte) (packed[i] & 15);
        }
        PKCS12ParametersGenerator generator = new PKCS12ParametersGenerator(new GOST3411Digest(sbox));
        byte[] password = PBEParametersGenerator.PKCS12PasswordToBytes(args[1].toCharArray());
        generator.init(password, Hex.decode(args[2]), Integer.parseInt(args[3]));
        HMac mac = new HMac(new GOST3411Digest(sbox));
        mac.init(generator.generateDerivedMacParameters(256));
        byte[] content = Hex.decode(args[4]), out = new byte[32];
        mac.update(content, 0, content.length);
        mac.doFinal(out, 0);
        System.out.println(Hex.toHexString(out));
    }
}
