//! The other side, for the demo and for tests: what stands between us and those who answer, and
//! they themselves.

pub mod authority;
pub mod clerk;
pub mod office;
pub mod people;
pub mod program;
pub mod scene;
pub mod settings;
mod sota;
pub mod tax;
