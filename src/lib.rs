//! certpost renews an organisation's e-signature certificates by post.
//!
//! The modules stand in reading order; imports point only upward in this list
//! (`tests/house.rs` enforces it). ARCHITECTURE.md has the map.

pub mod time;

pub mod exchange;

pub mod crypto;
pub mod mail;

pub mod authority;
pub mod inspect;
pub mod store;

pub mod engine;

pub mod carrier;
pub mod os;
pub mod vault;

pub mod crash;

pub mod report;

pub mod evidence;

pub mod config;

pub mod status;

pub mod herald;
pub mod hook;

pub mod assemble;

pub mod simulator;

pub mod world;

pub mod cli;
