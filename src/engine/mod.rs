//! The loop: one round opens what is due, collects what came, wakes what is overdue, performs what
//! is owed. Every change is one event and one commit.

pub mod ports;
