//! The objects that certificates and seals name by number, once each.

use const_oid::ObjectIdentifier;

const fn oid(numbers: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(numbers)
}

// Attributes of names (X.520, RFC 5280 §4.1.2.4, ETSI EN 319 412-1 §5.1.4).
pub const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
pub const SURNAME: ObjectIdentifier = oid("2.5.4.4");
pub const SERIAL_NUMBER: ObjectIdentifier = oid("2.5.4.5");
pub const COUNTRY: ObjectIdentifier = oid("2.5.4.6");
pub const LOCALITY: ObjectIdentifier = oid("2.5.4.7");
pub const STATE: ObjectIdentifier = oid("2.5.4.8");
pub const ORGANISATION: ObjectIdentifier = oid("2.5.4.10");
pub const UNIT: ObjectIdentifier = oid("2.5.4.11");
pub const TITLE: ObjectIdentifier = oid("2.5.4.12");
pub const GIVEN_NAME: ObjectIdentifier = oid("2.5.4.42");
pub const ORGANISATION_IDENTIFIER: ObjectIdentifier = oid("2.5.4.97");
pub const EMAIL: ObjectIdentifier = oid("1.2.840.113549.1.9.1");

// Extensions (RFC 5280 §4.2).
pub const DIRECTORY_ATTRIBUTES: ObjectIdentifier = oid("2.5.29.9");
pub const KEY_ID: ObjectIdentifier = oid("2.5.29.14");
pub const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub const ALTERNATIVE_NAME: ObjectIdentifier = oid("2.5.29.17");
pub const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
pub const LIST_NUMBER: ObjectIdentifier = oid("2.5.29.20");
pub const AUTHORITY_KEY_ID: ObjectIdentifier = oid("2.5.29.35");
pub const EXTENDED_USAGE: ObjectIdentifier = oid("2.5.29.37");

// Ukrainian codes (ukraine.md §4.1, §4.2).
pub const EDRPOU: ObjectIdentifier = oid("1.2.804.2.1.1.1.11.1.4.2.1");
pub const DRFO: ObjectIdentifier = oid("1.2.804.2.1.1.1.11.1.4.1.1");
pub const ELECTRONIC_SEAL: ObjectIdentifier = oid("1.2.804.2.1.1.1.3.9");

// CMS (RFC 5652 §4, §5.1, §6.1, §11; RFC 5083 §2; RFC 5035 §3).
pub const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
pub const ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.3");
pub const AUTH_ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.23");
pub const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
pub const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");

// Digests (RFC 5754 §2).
pub const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
pub const SHA224: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.4");
pub const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
pub const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
pub const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");

// Keys and signatures (RFC 8017 appendix C, RFC 5758 §3.2, RFC 5480 §2.1.1).
pub const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub const RSA_OAEP: ObjectIdentifier = oid("1.2.840.113549.1.1.7");
pub const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
pub const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
pub const RSA_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
pub const RSA_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
pub const RSA_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");
pub const EC: ObjectIdentifier = oid("1.2.840.10045.2.1");
pub const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
pub const P384: ObjectIdentifier = oid("1.3.132.0.34");
pub const ECDSA_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
pub const ECDSA_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
pub const ECDSA_SHA512: ObjectIdentifier = oid("1.2.840.10045.4.3.4");

// Ciphers and wraps (RFC 3565 §2, RFC 5084 §3).
pub const AES128_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.2");
pub const AES128_WRAP: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.5");
pub const AES128_GCM: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.6");
pub const AES192_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.22");
pub const AES192_WRAP: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.25");
pub const AES192_GCM: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.26");
pub const AES256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");
pub const AES256_WRAP: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.45");
pub const AES256_GCM: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.46");

// Key agreement, standard and cofactor: the same thing on curves with cofactor 1 (RFC 5753 §7.1.4).
pub const STD_DH_SHA1: ObjectIdentifier = oid("1.3.133.16.840.63.0.2");
pub const STD_DH_SHA224: ObjectIdentifier = oid("1.3.132.1.11.0");
pub const STD_DH_SHA256: ObjectIdentifier = oid("1.3.132.1.11.1");
pub const STD_DH_SHA384: ObjectIdentifier = oid("1.3.132.1.11.2");
pub const STD_DH_SHA512: ObjectIdentifier = oid("1.3.132.1.11.3");
pub const COFACTOR_DH_SHA1: ObjectIdentifier = oid("1.3.133.16.840.63.0.3");
pub const COFACTOR_DH_SHA224: ObjectIdentifier = oid("1.3.132.1.14.0");
pub const COFACTOR_DH_SHA256: ObjectIdentifier = oid("1.3.132.1.14.1");
pub const COFACTOR_DH_SHA384: ObjectIdentifier = oid("1.3.132.1.14.2");
pub const COFACTOR_DH_SHA512: ObjectIdentifier = oid("1.3.132.1.14.3");
