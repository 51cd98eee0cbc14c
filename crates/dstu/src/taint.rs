//! Marks for the constant-time check (`tests/constant_time.rs`). In a normal
//! build both functions are empty. Built with `--cfg dstu_taint` and run under
//! valgrind, `secret` tells memcheck that the bytes are undefined, so that any
//! branch or address that depends on them is reported; `public` takes the mark off.

/// Says that a value derived from secrets is about to be published (a
/// signature's halves), so that branching on it is no leak.
#[inline(always)]
pub(crate) fn public<const L: usize>(value: &mut [u64; L]) {
    #[cfg(all(dstu_taint, target_arch = "x86_64"))]
    request(0x4d43_0002, value.as_ptr().cast(), 8 * L);
    let _ = value;
}

/// Taints bytes as secret. For the test's program only.
#[cfg(dstu_taint)]
#[doc(hidden)]
pub fn secret(bytes: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    request(0x4d43_0001, bytes.as_ptr(), bytes.len());
    let _ = bytes;
}

/// Takes the mark off bytes. For the test's program only.
#[cfg(dstu_taint)]
#[doc(hidden)]
pub fn publish(bytes: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    request(0x4d43_0002, bytes.as_ptr(), bytes.len());
    let _ = bytes;
}

/// Memcheck's client request: four rotations that add up to nothing and a swap
/// of a register with itself; the CPU sees no effect, valgrind sees the call.
#[cfg(all(dstu_taint, target_arch = "x86_64"))]
fn request(code: u64, address: *const u8, len: usize) {
    let call: [u64; 6] = [code, address as u64, len as u64, 0, 0, 0];
    // SAFETY: outside valgrind the sequence changes no register but rdi's bits
    // (rotated by 128 in all, so back where they were) and flags; inside it,
    // memcheck only reads `call` and changes its own shadow memory.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") call.as_ptr(), inout("rdx") 0u64 => _, inout("rdi") 0u64 => _,
        );
    }
}
