//! Ukrainian cryptographic primitives.
