// Answers the tests' questions with Bouncy Castle: one question a line on standard input
// (operation and hexadecimal arguments), one answer a line.

import java.io.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

public class Seals {
    static byte[] bytes(String hex) {
        byte[] out = new byte[hex.length() / 2];
        for (int i = 0; i < out.length; i++)
            out[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        return out;
    }

    static String hex(byte[] data) {
        StringBuilder out = new StringBuilder();
        for (byte b : data) out.append(String.format("%02x", b));
        return out.toString();
    }

    static PublicKey key(String info) throws Exception {
        return BouncyCastleProvider.getPublicKey(SubjectPublicKeyInfo.getInstance(bytes(info)));
    }

    static InputStream in(String hex) { return new ByteArrayInputStream(bytes(hex)); }

    static String answer(String[] q) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        switch (q[0]) {
            case "certificate": {
                X509Certificate one = (X509Certificate) factory.generateCertificate(in(q[1]));
                one.verify(key(q[2]), "BC");
                return one.getSubjectX500Principal().equals(one.getIssuerX500Principal()) ? "root" : "below";
            }
            case "list": {
                X509CRL one = (X509CRL) factory.generateCRL(in(q[1]));
                one.verify(key(q[2]), "BC");
                return "" + one.getRevokedCertificates().size();
            }
            case "request": {
                PKCS10CertificationRequest one = new PKCS10CertificationRequest(bytes(q[1]));
                return "" + one.isSignatureValid(new JcaContentVerifierProviderBuilder()
                    .setProvider("BC").build(one.getSubjectPublicKeyInfo()));
            }
            case "sign": {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("DSTU4145", "BC");
                generator.initialize(new ECGenParameterSpec("1.2.804.2.1.1.1.1.3.1.1.2." + q[1]));
                KeyPair pair = generator.generateKeyPair();
                Signature signature = Signature.getInstance("GOST3411WITHDSTU4145LE", "BC");
                signature.initSign(pair.getPrivate());
                signature.update(bytes(q[2]));
                return hex(pair.getPublic().getEncoded()) + " " + hex(signature.sign());
            }
            default: throw new IllegalArgumentException(q[0]);
        }
    }

    public static void main(String[] args) throws IOException {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            try {
                System.out.println(answer(line.split(" ")));
            } catch (Exception error) {
                System.out.println("failed " + error);
            }
        }
    }
}
