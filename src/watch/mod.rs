//! What happens by the clock.

mod contact;
mod seal;
mod upkeep;

pub use contact::Contact;
pub use seal::Sealer;
pub use upkeep::keep_up;
