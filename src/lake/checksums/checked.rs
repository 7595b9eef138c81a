//! Checks the bytes of data files as they are read.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, Error as StoreError, GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta,
    ObjectStore, ObjectStoreExt, Result,
};

use super::blocks::Checksums;
use crate::error::Error;
use crate::lake::storage::layer::{Layer, Layered};

/// Checks what is read of some files.
#[derive(Debug)]
pub(crate) struct CheckedFiles {
    store: Arc<dyn ObjectStore>,
    files: HashMap<Path, Arc<CheckedFile>>,
}

/// What the log says about a file.
#[derive(Debug)]
pub(crate) struct CheckedFile {
    pub(crate) checksums: Checksums,
    pub(crate) meta: ObjectMeta,
    /// The path as a person knows it, for errors.
    pub(crate) name: String,
}

impl CheckedFiles {
    /// A store that checks what is read of these files.
    pub(crate) fn layered(
        store: Arc<dyn ObjectStore>,
        files: HashMap<Path, Arc<CheckedFile>>,
    ) -> Layered<Self> {
        Layered(Self { store, files })
    }
}

impl CheckedFile {
    /// Reads ranges inside the file.
    async fn read(
        &self,
        store: &dyn ObjectStore,
        location: &Path,
        ranges: &[Range<u64>],
    ) -> Result<Vec<Bytes>> {
        let size = self.checksums.file_bytes();
        if let Some(beyond) = ranges
            .iter()
            .find(|range| range.end > size || range.start > range.end)
        {
            let message = format!("bytes {beyond:?} are outside of its {size} bytes");
            return Err(self.damaged(message));
        }
        let blocks = ranges
            .iter()
            .map(|range| self.checksums.whole_blocks(range));
        let blocks = merged(blocks.collect());
        let read = store.get_ranges(location, &blocks).await;
        let read = match read {
            Ok(read) => read,
            Err(StoreError::NotFound { source, .. }) => {
                let path = self.name.clone();
                return Err(StoreError::NotFound { path, source });
            }
            // A file that was cut is too short for its ranges.
            Err(error) => match store.head(location).await {
                Ok(meta) if meta.size != size => {
                    return Err(
                        self.damaged(format!("it has {} bytes instead of {size}", meta.size))
                    );
                }
                _ => return Err(error),
            },
        };
        for (block, bytes) in blocks.iter().zip(&read) {
            if bytes.len() as u64 != block.end - block.start {
                return Err(self.damaged(format!("it is shorter than its {size} bytes")));
            }
            if let Some(damage) = self.checksums.first_damage(block.start, bytes) {
                let message = format!(
                    "the checksum of bytes {} to {} is wrong",
                    damage.start,
                    damage.end - 1
                );
                return Err(self.damaged(message));
            }
        }
        let slices = ranges.iter().map(|range| {
            let mut read = blocks.iter().zip(&read);
            let within =
                read.find(|(block, _)| block.start <= range.start && range.end <= block.end);
            let Some((block, bytes)) = within else {
                return Bytes::new();
            };
            // No more than the bytes that are there.
            let offset = |byte: u64| usize::try_from(byte - block.start).unwrap_or(usize::MAX);
            bytes.slice(offset(range.start)..offset(range.end))
        });
        Ok(slices.collect())
    }

    fn damaged(&self, message: String) -> StoreError {
        StoreError::Generic {
            store: "lake",
            source: Box::new(Error::damaged(message).at(&self.name)),
        }
    }
}

/// The ranges in order, with those that touch as one.
fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[async_trait]
impl Layer for CheckedFiles {
    fn store(&self) -> &dyn ObjectStore {
        &self.store
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let Some(file) = self.files.get(location).filter(|_| !options.head) else {
            return self.store.get_opts(location, options).await;
        };
        let size = file.checksums.file_bytes();
        let range = match &options.range {
            None => 0..size,
            Some(GetRange::Bounded(range)) => range.start.min(size)..range.end.min(size),
            Some(GetRange::Offset(start)) => (*start).min(size)..size,
            Some(GetRange::Suffix(length)) => size.saturating_sub(*length)..size,
        };
        let read = file
            .read(&self.store, location, std::slice::from_ref(&range))
            .await?;
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::iter(read.into_iter().map(Ok)).boxed()),
            meta: file.meta.clone(),
            range,
            attributes: Attributes::default(),
        })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match self.files.get(location) {
            Some(file) => file.read(&self.store, location, ranges).await,
            None => self.store.get_ranges(location, ranges).await,
        }
    }
}
