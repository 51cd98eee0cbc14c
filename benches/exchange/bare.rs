//! The primitives alone: keys parsed, buffers at hand, no structures around them.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write as _;

use cipher::block_padding::Pkcs7;
use cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::Generate as _;
use p256::{PublicKey, SecretKey};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Parameters;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Signed attributes are about so long.
const ATTRIBUTES: [u8; 250] = [7; 250];

pub struct Bare {
    signing: SigningKey,
    verifying: VerifyingKey,
    signature: Signature,
    ours: SecretKey,
    theirs: PublicKey,
    content: Vec<u8>,
    sealed: Vec<u8>,
    locking: EncryptionScheme,
    locked: Vec<u8>,
}

fn new_key() -> SecretKey {
    SecretKey::generate_from_rng(&mut certpost::os::chance())
}

impl Bare {
    /// Every signature and envelope is over so many bytes.
    pub fn new(bytes: usize) -> Self {
        let signing = SigningKey::from(new_key());
        let signature = signing.sign(&ATTRIBUTES);
        let content = vec![5; bytes];
        let encryptor = cbc::Encryptor::<aes::Aes256>::new(&[1; 32].into(), &[2; 16].into());
        let cost = pkcs8::pkcs5::scrypt::Params::new(14, 8, 1).unwrap();
        let locking = Parameters::generate_scrypt_aes256cbc(cost, &[3; 16], [4; 16]).unwrap();
        let locking = EncryptionScheme::from(locking);
        Self {
            verifying: *signing.verifying_key(),
            signing,
            signature,
            ours: new_key(),
            theirs: new_key().public_key(),
            sealed: encryptor.encrypt_padded_vec::<Pkcs7>(&content),
            content,
            locked: locking.encrypt(b"password", &[6; 138]).unwrap(),
            locking,
        }
    }

    /// SHA-256 of the content, a P-256 signature over attributes.
    pub fn sign(&self) {
        black_box(Sha256::digest(&self.content));
        black_box::<Signature>(self.signing.sign(&ATTRIBUTES));
    }

    /// SHA-256 of the content, a P-256 verification over attributes.
    pub fn verify(&self) {
        black_box(Sha256::digest(&self.content));
        self.verifying.verify(&ATTRIBUTES, &self.signature).unwrap();
    }

    /// A P-256 pair.
    pub fn generate(&self) {
        let key = new_key();
        black_box(key.public_key());
    }

    /// A new pair, ECDH, AES-256-CBC over the content.
    pub fn seal(&self) {
        let ours = new_key();
        black_box(ours.public_key());
        black_box(ours.diffie_hellman(&self.theirs).raw_secret_bytes());
        let encryptor = cbc::Encryptor::<aes::Aes256>::new(&[1; 32].into(), &[2; 16].into());
        black_box(encryptor.encrypt_padded_vec::<Pkcs7>(&self.content));
    }

    /// ECDH, AES-256-CBC over the content.
    pub fn open(&self) {
        black_box(self.ours.diffie_hellman(&self.theirs).raw_secret_bytes());
        let decryptor = cbc::Decryptor::<aes::Aes256>::new(&[1; 32].into(), &[2; 16].into());
        black_box(decryptor.decrypt_padded_vec::<Pkcs7>(&self.sealed).unwrap());
    }

    /// scrypt (N = 2^14, r = 8, p = 1) and AES over one key.
    pub fn lock(&self) {
        black_box(self.locking.encrypt(b"password", &[6; 138]).unwrap());
    }

    pub fn unlock(&self) {
        black_box(self.locking.decrypt(b"password", &self.locked).unwrap());
    }
}

/// A fresh folder with a fresh database.
pub struct Disk {
    folder: TempDir,
    db: sled::Db,
    history: File,
    count: u32,
}

impl Disk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let db = sled::Config::new().path(folder.path().join("db")).flush_every_ms(None);
        let db = db.open().unwrap();
        let history = File::create(folder.path().join("history")).unwrap();
        Self { folder, db, history, count: 0 }
    }

    /// A file of 4 KiB: temporary name, fsync, rename, fsync of the folder.
    pub fn file(&mut self) {
        self.count += 1;
        let partial = self.folder.path().join("partial");
        let mut file = File::create(&partial).unwrap();
        file.write_all(&[8; 4096]).unwrap();
        file.sync_all().unwrap();
        fs::rename(&partial, self.folder.path().join(self.count.to_string())).unwrap();
        File::open(self.folder.path()).unwrap().sync_all().unwrap();
    }

    /// A line of 1 KiB appended and synced, a record of 1 KiB in sled, flushed and synced.
    pub fn commit(&mut self) {
        self.count += 1;
        self.history.write_all(&[9; 1024]).unwrap();
        self.history.sync_data().unwrap();
        self.db.insert(self.count.to_be_bytes(), &[9; 1024][..]).unwrap();
        self.db.flush().unwrap();
        File::open(self.folder.path().join("db/db")).unwrap().sync_data().unwrap();
    }
}
