use clap::Args;
#[derive(Args)]
pub struct Demo {}
impl Demo { pub fn run(&self) -> Result<super::Outcome, super::Failure> { Ok(super::Outcome::Fine) } }
