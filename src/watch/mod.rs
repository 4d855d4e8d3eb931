//! What happens by the clock.

mod contact;
mod reload;
mod seal;
mod upkeep;

pub use contact::Contact;
pub use reload::Reloader;
pub use seal::Sealer;
pub use upkeep::keep_up;
