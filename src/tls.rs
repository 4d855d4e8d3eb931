//! How our clients reach others: one TLS stack, with the certificates of the machine.

use anyhow::{Context, Result};
use hyper_rustls::{HttpsConnectorBuilder, builderstates::WantsSchemes};
use rustls::{ClientConfig, RootCertStore};

/// The beginning of a connector. Where everything `is_plain`, which the configuration allows on loopback alone, no
/// certificates are needed, nor looked for: a machine without any can run the demonstration.
pub(crate) fn connector(is_plain: bool) -> Result<HttpsConnectorBuilder<WantsSchemes>> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    if !is_plain {
        return HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .context("reading the machine's root certificates");
    }
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Ok(HttpsConnectorBuilder::new().with_tls_config(config))
}
