//! What we send to GitHub, held against GitHub's own description of its API.
