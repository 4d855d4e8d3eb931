//! Which database: a SQLite file, or PostgreSQL by its URL, whose password never shows.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Where everything is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite { path: PathBuf },
    Postgres(PostgresUrl),
}

/// How to reach a PostgreSQL database; prints nothing of it.
#[derive(Clone)]
pub struct PostgresUrl(SecretString);

/// Parameters of a URL that are understood. sqlx would log any other one with its value, and go on without it.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];

impl PostgresUrl {
    /// Reads `postgres://…` or `postgresql://…`. The error says what is wrong and repeats nothing of the URL.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url: url::Url = text.parse().map_err(|_| "it is not a URL")?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err("it is not a PostgreSQL URL");
        }
        if url.query_pairs().any(|(name, _)| !PARAMETERS.contains(&&*name)) {
            return Err("it has a parameter that is not known");
        }
        let options: PgConnectOptions =
            text.parse().map_err(|_| "a parameter has a value that is not known")?;
        let is_said = url.query_pairs().any(|(name, _)| matches!(&*name, "sslmode" | "ssl-mode"));
        if !is_said && !is_on_this_machine(&options) && is_left_to_the_server(&options) {
            return Err("it does not say by `sslmode` how the way to the server is kept safe");
        }
        Ok(Self(text.into()))
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// What sqlx needs to connect. What the URL leaves out comes from `PGHOST` and its like, and from `~/.pgpass`.
    pub(super) fn options(&self) -> Result<PgConnectOptions, sqlx::Error> {
        let options: PgConnectOptions = self.0.expose_secret().parse()?;
        // sqlx asks whether a statement would be logged. tracing-subscriber takes that for an event that is filtered
        // out, and then loses the next line of the same thread, which may be ours.
        let options = options.disable_statement_logging();
        Ok(match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("countersign"),
        })
    }
}

/// Over a socket, or to this machine itself: nobody is on the way.
fn is_on_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || is_loopback
}

/// sqlx's `prefer`, unless `PGSSLMODE` says something else: in the clear as soon as somebody on the way wants that.
fn is_left_to_the_server(options: &PgConnectOptions) -> bool {
    matches!(options.get_ssl_mode(), PgSslMode::Prefer)
}

impl PartialEq for PostgresUrl {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for PostgresUrl {}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresUrl([redacted])")
    }
}

/// For people: the file, or host and database.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("at database.url"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_and_sockets_are_read() {
        for url in [
            "postgres://countersign@localhost/countersign",
            "postgres://countersign@127.0.0.1:5433/countersign",
            "postgres://countersign@[::1]/countersign",
            "postgres://countersign@%2Frun%2Fpostgresql/countersign",
            "postgres://countersign@db/countersign?sslmode=disable",
            "postgresql://countersign:hunter2@db:5433/countersign?sslmode=verify-full",
            "postgres:///countersign?host=/run/postgresql",
        ] {
            assert!(PostgresUrl::parse(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn whether_to_encrypt_is_not_left_to_whoever_is_on_the_way() {
        for url in [
            "postgres://countersign@db/countersign",
            "postgres://countersign@10.0.0.7/countersign",
            "postgres://localhost/countersign?host=db",
            "postgres:///countersign?hostaddr=10.0.0.7",
        ] {
            assert!(PostgresUrl::parse(url).unwrap_err().contains("`sslmode`"), "{url}");
        }
    }

    #[test]
    fn a_name_for_the_servers_own_lists_is_kept() {
        for (url, name) in [
            ("postgres:///c?host=/run/postgresql", "countersign"),
            ("postgres:///c?host=/run/postgresql&application_name=tokens", "tokens"),
        ] {
            let options = PostgresUrl::parse(url).unwrap().options().unwrap();
            assert_eq!(options.get_application_name(), Some(name));
        }
    }

    #[test]
    fn what_would_be_ignored_is_refused() {
        for url in
            ["postgres://db/c?ssl=hunter2", "postgres://db/c?sslmode=hunter2", "mysql://db/c", "hunter2"]
        {
            assert!(!PostgresUrl::parse(url).unwrap_err().contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn nothing_of_a_url_is_printed() {
        let url = PostgresUrl::parse("postgres://alice:hunter2@localhost/countersign").unwrap();
        let database = Database::Postgres(url);

        assert!(!format!("{database} {database:?}").contains("hunter2"));
    }
}
