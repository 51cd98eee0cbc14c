//! The objects that certificates and seals name by number, in the project's words. What
//! `const_oid::db` lists comes from there.

use const_oid::ObjectIdentifier;

const fn oid(numbers: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(numbers)
}

// Attributes of names (X.520, RFC 5280 §4.1.2.4).
pub use const_oid::db::rfc2256::STATE_OR_PROVINCE_NAME as STATE;
pub use const_oid::db::rfc3280::EMAIL_ADDRESS as EMAIL;
pub use const_oid::db::rfc4519::{
    COMMON_NAME, COUNTRY_NAME as COUNTRY, GIVEN_NAME, LOCALITY_NAME as LOCALITY,
    ORGANIZATION_NAME as ORGANISATION, ORGANIZATIONAL_UNIT_NAME as UNIT, SERIAL_NUMBER, SURNAME,
    TITLE,
};
/// organizationIdentifier (ETSI EN 319 412-1 §5.1.4).
pub const ORGANISATION_IDENTIFIER: ObjectIdentifier = oid("2.5.4.97");

// Revocation lists (RFC 5280 §5.2.5, §5.3.1).
pub use const_oid::db::rfc5280::{
    ID_CE_CRL_REASONS as CRL_REASON, ID_CE_ISSUING_DISTRIBUTION_POINT as ISSUING_DISTRIBUTION_POINT,
};

// Ukrainian codes (ukraine.md §4.1, §4.2).
pub const EDRPOU: ObjectIdentifier = oid("1.2.804.2.1.1.1.11.1.4.2.1");
pub const DRFO: ObjectIdentifier = oid("1.2.804.2.1.1.1.11.1.4.1.1");
pub const ELECTRONIC_SEAL: ObjectIdentifier = oid("1.2.804.2.1.1.1.3.9");

// Ukrainian algorithms (ukraine.md §3.1).
pub const GOST_28147_CFB: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.1.1.3");
pub const GOST_28147_WRAP: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.1.1.5");
pub const HMAC_GOST_34311: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.1.2");
pub const GOST_34311: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.2.1");
/// Polynomial basis, little-endian, with GOST 34.311: keys and signatures alike.
pub const DSTU_4145: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.3.1.1");
/// Above the ten named curves, `.0` to `.9`.
pub const DSTU_4145_CURVES: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.3.1.1.2");
pub const COFACTOR_DH_GOST_34311: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.3.4");

// Keys under a password (RFC 8018 appendix C).
pub const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
pub const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");

// CMS (RFC 5652 §4, §5.1, §6.1, §11; RFC 5083 §2; RFC 5035 §3).
pub use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2 as SIGNING_CERTIFICATE_V2, ID_CONTENT_TYPE as CONTENT_TYPE,
    ID_CT_AUTH_ENVELOPED_DATA as AUTH_ENVELOPED_DATA, ID_DATA as DATA,
    ID_ENVELOPED_DATA as ENVELOPED_DATA, ID_MESSAGE_DIGEST as MESSAGE_DIGEST,
    ID_SIGNED_DATA as SIGNED_DATA, ID_SIGNING_TIME as SIGNING_TIME,
};

// Digests (RFC 5754 §2).
pub use const_oid::db::rfc5912::{
    ID_SHA_1 as SHA1, ID_SHA_224 as SHA224, ID_SHA_256 as SHA256, ID_SHA_384 as SHA384,
    ID_SHA_512 as SHA512,
};

// Keys and signatures (RFC 8017 appendix C, RFC 5758 §3.2, RFC 5480 §2.1.1).
pub use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256 as ECDSA_SHA256, ECDSA_WITH_SHA_384 as ECDSA_SHA384,
    ECDSA_WITH_SHA_512 as ECDSA_SHA512, ID_EC_PUBLIC_KEY as EC, ID_MGF_1 as MGF1,
    ID_RSAES_OAEP as RSA_OAEP, ID_RSASSA_PSS as RSA_PSS, RSA_ENCRYPTION as RSA,
    SECP_256_R_1 as P256, SECP_384_R_1 as P384, SHA_256_WITH_RSA_ENCRYPTION as RSA_SHA256,
    SHA_384_WITH_RSA_ENCRYPTION as RSA_SHA384, SHA_512_WITH_RSA_ENCRYPTION as RSA_SHA512,
};

// Ciphers and wraps (RFC 3565 §2, RFC 5084 §3).
pub use const_oid::db::rfc5911::{
    ID_AES_128_CBC as AES128_CBC, ID_AES_128_GCM as AES128_GCM, ID_AES_128_WRAP as AES128_WRAP,
    ID_AES_192_CBC as AES192_CBC, ID_AES_192_GCM as AES192_GCM, ID_AES_192_WRAP as AES192_WRAP,
    ID_AES_256_CBC as AES256_CBC, ID_AES_256_GCM as AES256_GCM, ID_AES_256_WRAP as AES256_WRAP,
};

// Key agreement, standard and cofactor: the same thing on curves with cofactor 1 (RFC 5753 §7.1.4).
pub use const_oid::db::rfc5753::{
    DH_SINGLE_PASS_COFACTOR_DH_SHA_1_KDF_SCHEME as COFACTOR_DH_SHA1,
    DH_SINGLE_PASS_COFACTOR_DH_SHA_224_KDF_SCHEME as COFACTOR_DH_SHA224,
    DH_SINGLE_PASS_COFACTOR_DH_SHA_256_KDF_SCHEME as COFACTOR_DH_SHA256,
    DH_SINGLE_PASS_COFACTOR_DH_SHA_384_KDF_SCHEME as COFACTOR_DH_SHA384,
    DH_SINGLE_PASS_COFACTOR_DH_SHA_512_KDF_SCHEME as COFACTOR_DH_SHA512,
    DH_SINGLE_PASS_STD_DH_SHA_1_KDF_SCHEME as STD_DH_SHA1,
    DH_SINGLE_PASS_STD_DH_SHA_224_KDF_SCHEME as STD_DH_SHA224,
    DH_SINGLE_PASS_STD_DH_SHA_256_KDF_SCHEME as STD_DH_SHA256,
    DH_SINGLE_PASS_STD_DH_SHA_384_KDF_SCHEME as STD_DH_SHA384,
    DH_SINGLE_PASS_STD_DH_SHA_512_KDF_SCHEME as STD_DH_SHA512,
};

// Key containers: PKCS#12 (RFC 7292 §4.2, RFC 2985 §5.5) …
pub const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
pub const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
pub const CERTIFICATE_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
pub const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
pub const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
pub const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
pub const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
/// What M.E.Doc writes where the digest of the MAC should be named (ukraine.md §3.9).
pub const MEDOC_DIGEST: ObjectIdentifier = oid("1.32.113549.1.7.1.524545");
/// Kupyna-256 as KMAC and Kalyna-256/256 in CBC: how newer `.zs2` files are locked.
pub const KUPYNA_256_KMAC: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.2.2.4");
pub const KALYNA_256_CBC: ObjectIdentifier = oid("1.2.804.2.1.1.1.1.1.3.5.2");
// … Key-6.dat of ІІТ, with the two attributes that hold a second key (ukraine.md §3.9) …
pub const IIT_STORE: ObjectIdentifier = oid("1.3.6.1.4.1.19398.1.1.1.2");
pub const IIT_SECOND_CURVE: ObjectIdentifier = oid("1.3.6.1.4.1.19398.1.1.2.2");
pub const IIT_SECOND_NUMBER: ObjectIdentifier = oid("1.3.6.1.4.1.19398.1.1.2.3");
/// … and Java's own way to lock a key.
pub const SUN_KEY_PROTECTOR: ObjectIdentifier = oid("1.3.6.1.4.1.42.2.17.1.1");
