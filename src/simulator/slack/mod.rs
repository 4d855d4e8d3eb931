//! What the simulated Slack is made of.

pub mod block_kit;
mod render;

pub use render::render;
