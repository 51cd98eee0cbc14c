//! The other side, for the demo and for tests: what stands between us and the authority, and
//! later the authority itself.

pub mod authority;
pub mod office;
pub mod people;
pub mod program;
pub mod scene;
pub mod settings;
