//! certpost
