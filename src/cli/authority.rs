use clap::Args;
#[derive(Args)]
pub struct Authority {}
impl Authority { pub fn run(&self) -> Result<super::Outcome, super::Failure> { Ok(super::Outcome::Fine) } }
