//! What happens by the clock.

mod contact;
mod reload;
mod rests;
mod seal;
mod upkeep;

pub use contact::Contact;
pub use reload::Reloader;
pub use rests::Rests;
pub use seal::Sealer;
pub use upkeep::keep_up;
