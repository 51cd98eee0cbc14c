//! A store that forgets everything with the process: for tests and the deterministic world.
