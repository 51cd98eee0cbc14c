//! What both vaults must do, and what the one on the disk must do besides.

use std::os::unix::fs::PermissionsExt;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::crypto::issue::{Role, Template, self_signed};
use crate::crypto::name;

const NOW: Timestamp = Timestamp(1_790_000_000);
const DIRECTOR: Place<'_> =
    Place {
        holder: "director", password: "шифр".as_bytes(), new_password: "шифр".as_bytes()
    };

fn suite() -> Arc<dyn Suite> {
    crate::crypto::suite("international").unwrap().into()
}

fn chance(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn new_key(seed: u64) -> PrivateKey {
    suite().generate(Usage::Signing, &mut chance(seed)).unwrap()
}

fn certificate(key: &PrivateKey, usage: Usage, serial: u32) -> Certificate {
    let suite = suite();
    let subject = name::build(&[(crate::crypto::oid::COMMON_NAME, "Зразкова Оксана Петрівна")]);
    let public_key = suite.public_key(key).unwrap();
    let dates = (NOW, Timestamp(NOW.0 + 86_400));
    let template = Template::new(subject, public_key, Role::Half(usage), serial, dates);
    self_signed(&template, key, &*suite, &mut chance(9)).unwrap()
}

fn exchange(number: u32) -> ExchangeId {
    ExchangeId(format!("director-{number}"))
}

/// Keeps new keys for one attempt and makes their certificates.
fn granted<S: Shelf>(vault: &mut Keyring<S>, number: u32) -> Vec<(Usage, Certificate)> {
    let grant = |usage: Usage| {
        let seed = u64::from(number * 2) + u64::from(usage == Usage::Agreement);
        let mut make = || Ok(new_key(seed));
        let key = vault.keep_pending(DIRECTOR, &exchange(number), 1, usage, &mut make).unwrap();
        (usage, certificate(&key, usage, number * 2))
    };
    USAGES.into_iter().map(grant).collect()
}

fn in_place<S: Shelf>(vault: &Keyring<S>) -> Vec<(Usage, Certificate)> {
    let found = vault.certificates("director").unwrap();
    found.into_iter().map(|found| (found.usage, found.certificate)).collect()
}

fn in_memory() -> MemoryVault {
    MemoryVault::new(suite(), Box::new(chance(1)))
}

fn on_disk() -> (tempfile::TempDir, FileVault) {
    let folder = tempfile::tempdir().unwrap();
    let vault = FileVault::open(&folder.path().join("keys"), suite(), Box::new(chance(1)));
    (folder, vault.unwrap())
}

fn label<T>(done: Result<T, VaultError>) -> String {
    done.err().unwrap().0.label
}

fn a_renewal_goes_through<S: Shelf>(vault: &mut Keyring<S>) {
    assert_eq!(in_place(vault), []);
    let first = granted(vault, 1);
    assert_eq!(in_place(vault), []);
    vault.install(DIRECTOR, &exchange(1), 1, &first, NOW).unwrap();
    assert_eq!(in_place(vault), first);
    let pairs = vault.pairs(DIRECTOR).unwrap();
    for (usage, pair) in &pairs {
        assert_eq!(suite().public_key(&pair.key).unwrap(), pair.certificate.public_key());
        assert!(pair.certificate.serves(*usage));
    }
    assert_eq!(pairs.len(), 2);
    assert_eq!(vault.previous(DIRECTOR).unwrap().len(), 0);

    // Only the signing certificate is renewed: the agreement pair stays.
    let second = granted(vault, 2);
    vault.install(DIRECTOR, &exchange(2), 1, &second[..1], NOW).unwrap();
    assert_eq!(in_place(vault), [second[0].clone(), first[1].clone()]);
    let previous = vault.previous(DIRECTOR).unwrap();
    assert_eq!(previous.len(), 1);
    assert_eq!(previous[0].1.certificate, first[0].1);

    let third = granted(vault, 3);
    vault.install(DIRECTOR, &exchange(3), 1, &third, NOW).unwrap();
    let previous: Vec<_> =
        vault.previous(DIRECTOR).unwrap().into_iter().map(|(_, pair)| pair.certificate).collect();
    assert_eq!(previous, [second[0].1.clone(), first[1].1.clone(), first[0].1.clone()]);
    let stranger = Place::new("director", b"other");
    assert_eq!(vault.previous(stranger).unwrap().len(), 0);
    assert_eq!(label(vault.pairs(stranger)), "key-password");
}

#[test]
fn a_renewal_replaces_what_it_was_asked_to_and_keeps_the_rest() {
    a_renewal_goes_through(&mut in_memory());
    a_renewal_goes_through(&mut on_disk().1);
}

#[test]
fn f44_a_key_that_is_kept_is_not_made_again() {
    let mut vault = in_memory();
    let first = granted(&mut vault, 1);
    let mut never = || -> Result<PrivateKey, VaultError> { panic!("a second key") };
    for usage in USAGES {
        vault.keep_pending(DIRECTOR, &exchange(1), 1, usage, &mut never).unwrap();
    }
    assert!(vault.pending(DIRECTOR, &exchange(1), 2, Usage::Signing).unwrap().is_none());
    let open = [(exchange(1), 1)];
    assert_eq!(vault.orphans(&open).unwrap(), []);
    assert_eq!(vault.orphans(&[(exchange(1), 2)]).unwrap(), open);
    vault.install(DIRECTOR, &exchange(1), 1, &first, NOW).unwrap();
    assert_eq!(vault.orphans(&[]).unwrap(), []);
    // A crash before the commit: the key is still found, and not made again.
    assert!(vault.pending(DIRECTOR, &exchange(1), 1, Usage::Signing).unwrap().is_some());
    vault.keep_pending(DIRECTOR, &exchange(1), 1, Usage::Signing, &mut never).unwrap();
}

#[test]
fn a_power_cut_at_any_write_of_an_installation_leaves_old_or_new_and_installing_again_ends_it() {
    let mut vault = in_memory();
    let old = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &old, NOW).unwrap();
    let new = granted(&mut vault, 2);
    let before = vault.table().clone();
    let mut cuts = 0;
    loop {
        *vault.table() = before.clone();
        vault.table().fail_after(cuts);
        let done = vault.install(DIRECTOR, &exchange(2), 1, &new, NOW);
        let found = in_place(&vault);
        if done.is_ok() {
            break;
        }
        assert_eq!(label(done), "vault-io");
        assert!(found == old || found == new, "cut {cuts}: neither old nor new");
        assert_eq!(vault.pairs(DIRECTOR).unwrap().len(), 2);
        vault.install(DIRECTOR, &exchange(2), 1, &new, NOW).unwrap();
        assert_eq!(in_place(&vault), new);
        assert_eq!(vault.generations("director").unwrap().len(), 2);
        cuts += 1;
    }
    assert!(cuts >= 8, "only {cuts} writes");
}

#[test]
fn installing_again_gives_the_same_bytes() {
    let (folder, mut vault) = on_disk();
    let new = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &new, NOW).unwrap();
    let root = folder.path().join("keys/director");
    let generation = root.join("generations/1-director-1-1");
    let read = |name: &str| std::fs::read(generation.join(name)).unwrap();
    let before = read("signing.key.pem");
    vault.install(DIRECTOR, &exchange(1), 1, &new, NOW).unwrap();
    assert_eq!(read("signing.key.pem"), before);
    assert!(before.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert_eq!(Certificate::read(&read("signing.pem")).unwrap(), new[0].1);
    assert_eq!(Certificate::read(&read("agreement.der")).unwrap(), new[1].1);
    let target = std::fs::read_link(root.join("current")).unwrap();
    assert_eq!(target, Path::new("generations/1-director-1-1"));
    assert!(!root.join("pending/director-1-1").exists());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&generation.join("signing.key.pem")), 0o600);
    assert_eq!(mode(&generation), 0o700);
    assert_eq!(mode(&folder.path().join("keys")), 0o700);
}

#[test]
fn a_certificate_of_another_key_is_not_installed() {
    let mut vault = in_memory();
    let good = granted(&mut vault, 1);
    let foreign = certificate(&new_key(77), Usage::Agreement, 5);
    let mixed = [good[0].clone(), (Usage::Agreement, foreign)];
    let done = vault.install(DIRECTOR, &exchange(1), 1, &mixed, NOW);
    assert_eq!(label(done), "key-mismatch");
    assert_eq!(in_place(&vault), []);
    let done = vault.install(DIRECTOR, &exchange(9), 1, &good, NOW);
    assert_eq!(label(done), "key-missing");
}

#[test]
fn first_pairs_are_imported_once() {
    let (_folder, mut vault) = on_disk();
    let (signing, agreement) = (new_key(5), new_key(6));
    let protect = |key| suite().protect(key, DIRECTOR.password, &mut chance(3)).unwrap();
    let pairs = [(Usage::Signing, &signing), (Usage::Agreement, &agreement)]
        .map(|(usage, key)| (usage, protect(key), certificate(key, usage, 1)));
    for _ in 0..2 {
        for (usage, key, certificate) in &pairs {
            vault.import(DIRECTOR, *usage, key, certificate).unwrap();
        }
    }
    assert_eq!(in_place(&vault).len(), 2);
    assert_eq!(vault.pairs(DIRECTOR).unwrap().len(), 2);
    let other = new_key(7);
    let its = certificate(&other, Usage::Signing, 2);
    let import = vault.import(DIRECTOR, Usage::Signing, &protect(&other), &its);
    assert_eq!(label(import), "key-occupied");
    let import = vault.import(DIRECTOR, Usage::Signing, &protect(&signing), &its);
    assert_eq!(label(import), "key-mismatch");
    let wrong = Place::new("director", b"wrong");
    let import = vault.import(wrong, Usage::Signing, &protect(&signing), &pairs[0].2);
    assert_eq!(label(import), "key-password");
    // Imported pairs become previous ones like any others.
    let new = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &new, NOW).unwrap();
    assert_eq!(vault.previous(DIRECTOR).unwrap().len(), 2);
}

#[test]
fn new_keys_have_the_new_password_and_what_stays_in_use_gets_it_too() {
    let (folder, mut vault) = on_disk();
    let first = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &first, NOW).unwrap();
    let both = Place { new_password: "новий шифр".as_bytes(), ..DIRECTOR };
    let (old, new) = (DIRECTOR, Place::new("director", both.new_password));
    let mut make = || Ok(new_key(4));
    let key = vault.keep_pending(both, &exchange(2), 1, Usage::Signing, &mut make).unwrap();
    assert_eq!(label(vault.pending(old, &exchange(2), 1, Usage::Signing)), "key-password");
    assert!(vault.pending(new, &exchange(2), 1, Usage::Signing).unwrap().is_some());
    let second = [(Usage::Signing, certificate(&key, Usage::Signing, 9))];
    vault.install(both, &exchange(2), 1, &second, NOW).unwrap();
    assert_eq!(in_place(&vault), [second[0].clone(), first[1].clone()]);
    // The agreement pair goes on, under the new password: the old one can be taken away.
    assert_eq!(vault.pairs(new).unwrap().len(), 2);
    let error = vault.pairs(old).err().unwrap();
    assert_eq!(error.0.label, "key-password");
    // Archived generations keep theirs, and open while both are known.
    let previous = |place| vault.previous(place).unwrap().len();
    assert_eq!((previous(both), previous(old), previous(new)), (1, 1, 0));
    assert_eq!(vault.opened(both, &mut |_| true).0.len(), 3);
    let neither = Place { password: b"a", new_password: b"b", ..DIRECTOR };
    let error = vault.pairs(neither).err().unwrap();
    assert!(error.0.detail.contains("neither password nor new-password"), "{error}");
    assert!(error.0.detail.contains(&folder.path().display().to_string()), "{error}");
}

#[test]
fn a_pair_that_does_not_open_does_not_stop_the_other_from_going_in() {
    let (folder, mut vault) = on_disk();
    let first = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &first, NOW).unwrap();
    let damaged = folder.path().join("keys/director/current/agreement.key.pem");
    std::fs::write(&damaged, b"damaged").unwrap();
    let both = Place { new_password: b"another", ..DIRECTOR };
    let mut make = || Ok(new_key(4));
    let key = vault.keep_pending(both, &exchange(2), 1, Usage::Signing, &mut make).unwrap();
    let second = [(Usage::Signing, certificate(&key, Usage::Signing, 9))];
    vault.install(both, &exchange(2), 1, &second, NOW).unwrap();
    assert_eq!(in_place(&vault), [second[0].clone(), first[1].clone()]);
    assert_eq!(std::fs::read(&damaged).unwrap(), b"damaged");
}

#[test]
fn keys_that_others_can_read_are_refused() {
    let (folder, mut vault) = on_disk();
    let new = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &new, NOW).unwrap();
    let path = folder.path().join("keys/director/current/signing.key.pem");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = vault.pairs(DIRECTOR).err().unwrap();
    assert_eq!(error.0.label, "key-permissions");
    assert!(error.0.detail.contains("signing.key.pem"), "{error}");
    // Certificates are no secret: they can still be read.
    assert_eq!(in_place(&vault), new);
}

#[test]
fn f28_only_the_wanted_pair_is_opened_whatever_became_of_the_others() {
    let (folder, mut vault) = on_disk();
    let first = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &first, NOW).unwrap();
    let second = granted(&mut vault, 2);
    vault.install(DIRECTOR, &exchange(2), 1, &second, NOW).unwrap();
    let all = vault.opened(DIRECTOR, &mut |_| true).0.into_iter().map(|pair| pair.certificate);
    let [now, earlier] = [second, first].map(|pairs| pairs.into_iter().map(|(_, one)| one));
    assert!(all.eq(now.clone().chain(earlier.clone())));
    let path = folder.path().join("keys/director/current/signing.key.pem");
    std::fs::write(&path, b"damaged").unwrap();
    for wanted in now.skip(1).chain(earlier) {
        let (opened, locked) = vault.opened(DIRECTOR, &mut |certificate| *certificate == wanted);
        assert!(locked.is_none(), "{locked:?}");
        assert_eq!(opened.len(), 1);
        assert_eq!(opened[0].certificate, wanted);
        assert_eq!(suite().public_key(&opened[0].key).unwrap(), wanted.public_key());
    }
    let (opened, locked) = vault.opened(DIRECTOR, &mut |_| true);
    assert_eq!(opened.len(), 3);
    assert_eq!(locked.unwrap().0.label, "key-damaged");
    let (opened, locked) = vault.opened(DIRECTOR, &mut |_| false);
    assert!(opened.is_empty() && locked.is_none());
}

#[test]
fn a_key_that_changed_since_it_was_proven_is_not_installed() {
    let (folder, mut vault) = on_disk();
    let new = granted(&mut vault, 1);
    for (usage, _) in &new {
        vault.pending(DIRECTOR, &exchange(1), 1, *usage).unwrap().unwrap();
    }
    let pending = folder.path().join("keys/director/pending/director-1-1");
    std::fs::copy(pending.join("agreement.key.pem"), pending.join("signing.key.pem")).unwrap();
    let install = vault.install(DIRECTOR, &exchange(1), 1, &new, NOW);
    assert_eq!(label(install), "key-mismatch");
    std::fs::write(pending.join("signing.key.pem"), b"damaged").unwrap();
    let install = vault.install(DIRECTOR, &exchange(1), 1, &new, NOW);
    assert_eq!(label(install), "key-damaged");
}

#[test]
fn damaged_files_are_told_with_their_place() {
    let (folder, mut vault) = on_disk();
    let new = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &new, NOW).unwrap();
    let current = folder.path().join("keys/director/current");
    let file = |name: &str| current.join(name);
    let locked = std::fs::read(file("signing.key.pem")).unwrap();
    std::fs::write(file("signing.key.pem"), &locked[..40]).unwrap();
    let error = vault.pairs(DIRECTOR).err().unwrap();
    assert!(error.0.detail.contains("signing.key.pem"), "{error}");
    std::fs::remove_file(file("signing.key.pem")).unwrap();
    assert_eq!(label(vault.pairs(DIRECTOR)), "key-missing");
    std::fs::write(file("signing.der"), b"0").unwrap();
    assert_eq!(label(vault.certificates("director")), "certificate-damaged");
    std::fs::remove_file(&current).unwrap();
    std::os::unix::fs::symlink("../../../etc", &current).unwrap();
    assert_eq!(label(vault.certificates("director")), "vault-damaged");
}

#[test]
fn f49_no_name_leaves_its_folder() {
    let (_folder, mut vault) = on_disk();
    for name in ["..", "../x", "a/b", "", "/etc", "Директор", "A", "a\0"] {
        assert_eq!(label(vault.certificates(name)), "vault-name", "{name:?}");
        let place = Place { holder: name, ..DIRECTOR };
        assert_eq!(label(vault.pairs(place)), "vault-name");
        let id = ExchangeId(name.into());
        let mut make = || Ok(new_key(1));
        let kept = vault.keep_pending(DIRECTOR, &id, 1, Usage::Signing, &mut make);
        assert_eq!(label(kept), "vault-name", "{name:?}");
    }
}

#[test]
fn a_holder_of_another_suite_has_keys_of_that_suite() {
    let other = crate::crypto::international::International {
        keys: crate::crypto::international::KeyKind::P384,
        ..Default::default()
    };
    let mut vault = in_memory().with_suite_of("director", Arc::new(other));
    assert!(Arc::ptr_eq(&vault.suite_of("seal/current"), &vault.suite));
    assert!(!Arc::ptr_eq(&vault.suite_of("director/current"), &vault.suite));
    let new = granted(&mut vault, 1);
    vault.install(DIRECTOR, &exchange(1), 1, &new, NOW).unwrap();
    assert_eq!(vault.pairs(DIRECTOR).unwrap().len(), 2);
}
