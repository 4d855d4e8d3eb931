//! What happens by the clock.

mod contact;
mod seal;

pub use contact::Contact;
pub use seal::Sealer;
