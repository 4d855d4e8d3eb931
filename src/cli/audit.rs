//! `countersign audit verify|export`: the sealed record, checked and handed out; beside a running service.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use clap::ValueEnum;

use super::out::Rest;
use super::{Failure, Outcome, load, runtime};
use crate::audit::{self, CSV_HEADER, Hash, Place, Recorded, Report, Seal, SealingKey, Verifier};
use crate::config::Config;
use crate::store::{Reader, StoredEntry};

/// Rows read at once.
const PAGE: u32 = 1_000;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Prove that nothing in the record was changed, removed or reordered.
    Verify {
        /// A sealed head known from elsewhere, such as the service's log: proves that the end was not cut off.
        #[arg(long, value_name = "HASH")]
        head: Option<Hash>,
        /// The result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the record to standard output.
    Export {
        /// Only entries from this moment on (2026-11-23 or 2026-11-23T12:00:00Z).
        #[arg(long, value_name = "TIME", value_parser = moment)]
        since: Option<DateTime<Utc>>,
        /// Only entries before this moment.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<DateTime<Utc>>,
        /// JSON lines, in whole batches that verify by themselves, or CSV for spreadsheets.
        #[arg(long, value_enum, default_value = "jsonl")]
        format: Format,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    Jsonl,
    Csv,
}

pub(super) fn run(path: &Path, command: Command) -> Outcome {
    let config = load(path)?;
    match command {
        Command::Verify { head, json } => {
            let key = crate::keyfile::configured_or_existing(&config)?;
            let report = runtime()?.block_on(verify(&config, &key, head))?;
            match report {
                Ok(report) if json => say!("{}", as_json(&report)),
                Ok(report) => say!("{}", in_words(&report)),
                Err(broken) => {
                    say!("The record is broken: {broken}.");
                    return Err(Failure::Said);
                }
            }
            Ok(())
        }
        Command::Export { since, until, format } => {
            let wanted = Wanted { since, until };
            Ok(runtime()?.block_on(export(&config, &wanted, format))?)
        }
    }
}

/// Walks the log in sealed order, a page at a time.
async fn verify(
    config: &Config,
    key: &SealingKey,
    head: Option<Hash>,
) -> Result<Result<Report, audit::Broken>> {
    let reader = Reader::open(&config.database).await?;
    let mut verifier = Verifier::whole(Some(key), head);
    let mut seals = Seals { reader: &reader, batch: 0, page: vec![].into_iter() };
    let mut entries = Entries::new(&reader);
    while let Some(seal) = seals.next().await? {
        if let Err(broken) = verifier.seal(seal) {
            return Ok(Err(broken));
        }
        while verifier.expects_entries()
            && let Some(recorded) = entries.next().await?
        {
            if let Err(broken) = verifier.entry(&recorded) {
                return Ok(Err(broken));
            }
        }
    }
    while let Some(recorded) = entries.next().await? {
        if let Err(broken) = verifier.entry(&recorded) {
            return Ok(Err(broken));
        }
    }
    Ok(verifier.finish())
}

/// Which entries to hand out.
struct Wanted {
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Wanted {
    fn wants(&self, recorded: &Recorded) -> bool {
        let at = recorded.entry.at;
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// Writes the entries that are wanted. JSON lines hold the whole batches that touch the range, so that the file
/// verifies by itself; rows hold just what was asked for.
async fn export(config: &Config, wanted: &Wanted, format: Format) -> Result<()> {
    let reader = Reader::open(&config.database).await?;
    let mut seals = Seals { reader: &reader, batch: 0, page: vec![].into_iter() };
    let mut entries = Entries::new(&reader);
    let mut out = BufWriter::new(Rest::default());
    if matches!(format, Format::Csv) {
        write!(out, "{CSV_HEADER}\r\n")?;
    }
    while let Some(seal) = seals.next().await? {
        if out.get_ref().is_unread() {
            return Ok(());
        }
        let batch = entries.up_to(seal.last).await?;
        if batch.iter().any(|recorded| wanted.wants(recorded)) {
            write_batch(&mut out, Some(&seal), &batch, wanted, format)?;
        }
    }
    while let Some(recorded) = entries.next().await? {
        if wanted.wants(&recorded) {
            write_batch(&mut out, None, &[recorded], wanted, format)?;
        }
    }
    out.flush().context("writing the record")
}

fn write_batch(
    out: &mut impl Write,
    seal: Option<&Seal>,
    batch: &[Recorded],
    wanted: &Wanted,
    format: Format,
) -> Result<()> {
    match format {
        Format::Jsonl => {
            seal.map_or(Ok(()), |seal| writeln!(out, "{}", audit::seal_line(seal)))?;
            for recorded in batch {
                writeln!(out, "{}", audit::entry_line(&recorded.entry, recorded.place))?;
            }
        }
        Format::Csv => {
            for recorded in batch.iter().filter(|recorded| wanted.wants(recorded)) {
                write!(out, "{}\r\n", audit::csv_row(recorded))?;
            }
        }
    }
    Ok(())
}

/// The log's entries in order, the sealed ones first, read a page at a time.
pub(super) struct Entries<'a> {
    reader: &'a Reader,
    after: After,
    page: std::vec::IntoIter<StoredEntry>,
}

/// How far the log was read.
enum After {
    /// This number of the sealed entries.
    Sealed(u64),
    /// This row of those that are not.
    Unsealed(i64),
}

impl<'a> Entries<'a> {
    pub(super) fn new(reader: &'a Reader) -> Self {
        Self { reader, after: After::Sealed(0), page: vec![].into_iter() }
    }

    /// The entries of a batch that ends with number `last`.
    async fn up_to(&mut self, last: u64) -> Result<Vec<Recorded>> {
        let mut batch = Vec::new();
        while let Some(recorded) = self.next().await? {
            let is_last = recorded.place.is_some_and(|place| place.n >= last);
            batch.push(recorded);
            if is_last {
                break;
            }
        }
        Ok(batch)
    }

    pub(super) async fn next(&mut self) -> Result<Option<Recorded>> {
        if self.page.as_slice().is_empty() {
            self.page = self.next_page().await?.into_iter();
        }
        let Some(stored) = self.page.next() else { return Ok(None) };
        self.after = match &stored.sealed {
            Some((n, _)) => After::Sealed(*n),
            None => After::Unsealed(stored.id),
        };
        let entry =
            audit::decode(&stored.body).with_context(|| format!("reading audit entry {}", stored.id))?;
        let place = stored
            .sealed
            .map(|(n, hash)| anyhow::Ok(Place { n, hash: hash.parse()? }))
            .transpose()
            .with_context(|| format!("reading the place of audit entry {}", stored.id))?;
        Ok(Some(Recorded { entry, place }))
    }

    async fn next_page(&self) -> Result<Vec<StoredEntry>> {
        if let After::Sealed(n) = self.after {
            let page = self.reader.sealed_after(n, PAGE).await?;
            if !page.is_empty() {
                return Ok(page);
            }
        }
        let row = match self.after {
            After::Sealed(_) => 0,
            After::Unsealed(row) => row,
        };
        Ok(self.reader.unsealed_after(row, PAGE).await?)
    }
}

/// The log's seals in order, read a page at a time.
struct Seals<'a> {
    reader: &'a Reader,
    batch: i64,
    page: std::vec::IntoIter<String>,
}

impl Seals<'_> {
    async fn next(&mut self) -> Result<Option<Seal>> {
        if self.page.as_slice().is_empty() {
            self.page = self.reader.seals_after(self.batch, PAGE).await?.into_iter();
        }
        let Some(body) = self.page.next() else { return Ok(None) };
        self.batch += 1;
        Ok(Some(audit::decode_seal(&body).with_context(|| format!("reading seal {}", self.batch))?))
    }
}

fn in_words(report: &Report) -> String {
    let head = report.head.map_or("none yet".to_owned(), |head| head.to_string());
    format!(
        "The record is whole: {} sealed entries in {} batches, {} not sealed yet, {} personal values forgotten.\n\
         Head: {head}",
        report.sealed, report.batches, report.unsealed, report.forgotten,
    )
}

fn as_json(report: &Report) -> serde_json::Value {
    serde_json::json!({
        "sealed": report.sealed,
        "batches": report.batches,
        "unsealed": report.unsealed,
        "forgotten": report.forgotten,
        "head": report.head.map(|head| head.to_string()),
    })
}

/// A day, or a moment with its offset.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| "expected a day (2026-11-23) or a moment (2026-11-23T12:00:00Z)".to_owned())
}
