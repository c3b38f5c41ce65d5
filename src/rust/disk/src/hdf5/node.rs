//! The objects of a file: groups and datasets, found by their paths.

use super::attribute::{self, Attribute};
use super::bytes::Bytes;
use super::dataspace::Dataspace;
use super::datatype::Datatype;
use super::header::{kind, Header};
use super::link::{Link, Target};
use super::storage::Storage;
use super::values::{decode, Values};
use super::File;
use crate::Error;
use std::sync::Arc;
use wilcoxide_control::Control;

/// A group, a dataset, or a type with a name.
pub struct Node<'a> {
    file: &'a File,
    header: Header,
    links: Option<Arc<Vec<Link>>>,
}

/// What the values of a dataset are, and their shape.
pub struct About {
    pub datatype: Datatype,
    pub space: Dataspace,
}

/// Links to paths that a path may lead through.
const MOST_PATHS: usize = 32;

impl File {
    /// The object at a path from the root group on, `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Damaged`] and [`Error::Unsupported`].
    pub fn node(&self, path: &str) -> Result<Option<Node<'_>>, Error> {
        let Some(address) = self.address(path)? else {
            return Ok(None);
        };
        Ok(Some(Node {
            file: self,
            header: Header::read(self, address)?,
            links: self.links(address)?,
        }))
    }

    /// Have all paths count from the group at a path; false where there is no
    /// group.
    ///
    /// # Errors
    /// [`Error::Damaged`] and [`Error::Unsupported`].
    pub fn enter(&mut self, path: &str) -> Result<bool, Error> {
        let Some(address) = self.address(path)? else {
            return Ok(false);
        };
        let is_group = self.links(address)?.is_some();
        if is_group {
            self.set_root(address);
        }
        Ok(is_group)
    }

    /// Where the header of the object at a path is.
    fn address(&self, path: &str) -> Result<Option<u64>, Error> {
        self.begin();
        let mut paths_left = MOST_PATHS;
        let mut parents = vec![self.root()];
        // The steps still to be taken, the last one first.
        let mut steps: Vec<String> = Vec::new();
        push_steps(&mut steps, path);
        while let Some(step) = steps.pop() {
            let here = parents[parents.len() - 1];
            let Some(links) = self.links(here)? else {
                return Ok(None);
            };
            let Ok(at) = links.binary_search_by(|link| link.name.as_str().cmp(&step)) else {
                return Ok(None);
            };
            match &links[at].target {
                Target::Object(address) => parents.push(*address),
                Target::Elsewhere => return Error::unsupported("it is a link to another file"),
                Target::Path(path) => {
                    let Some(left) = paths_left.checked_sub(1) else {
                        return Error::damaged("Its links lead back to themselves.");
                    };
                    paths_left = left;
                    if path.starts_with('/') {
                        parents.truncate(1);
                    }
                    push_steps(&mut steps, path);
                }
            }
        }
        Ok(parents.last().copied())
    }
}

fn push_steps(steps: &mut Vec<String>, path: &str) {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    steps.extend(parts.rev().map(str::to_owned));
}

impl<'a> Node<'a> {
    pub fn is_group(&self) -> bool {
        self.links.is_some()
    }

    /// Has it values?
    pub fn is_dataset(&self) -> bool {
        !self.is_group() && self.header.has(kind::LAYOUT)
    }

    /// Names of the members of a group in their order, none of others.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        let links = self.links.iter().flat_map(|links| links.iter());
        links.map(|link| link.name.as_str())
    }

    /// Type and shape of a dataset.
    ///
    /// # Errors
    /// [`Error::Damaged`], also of what is none; [`Error::Unsupported`].
    pub fn about(&self) -> Result<About, Error> {
        self.file.begin();
        if !self.is_dataset() {
            return Error::damaged("It is not a dataset.");
        }
        let datatype = self.header.find(self.file, kind::DATATYPE)?;
        let space = self.header.find(self.file, kind::DATASPACE)?;
        match (datatype, space) {
            (Some(datatype), Some(space)) => Ok(About {
                datatype: Datatype::parse(&mut Bytes(&datatype))?,
                space: Dataspace::parse(Bytes(&space))?,
            }),
            _ => Error::damaged("It has no type or no shape."),
        }
    }

    /// The bytes of a dataset.
    pub(crate) fn storage(&self, about: &About) -> Result<Storage<'a>, Error> {
        let element = about.datatype.size();
        Storage::open(self.file, &self.header, &about.space, element)
    }

    /// All values of a dataset.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Unsupported`], [`Error::Cancelled`].
    pub fn values(&self, control: &Control) -> Result<Values, Error> {
        let about = self.about()?;
        let bytes = self.storage(&about)?.all(control)?;
        decode(self.file, &about.datatype, &bytes, control)
    }

    /// The values of an attribute, `None` where there is none of that name.
    ///
    /// # Errors
    /// As [`Node::values`].
    pub fn attribute(&self, name: &str, control: &Control) -> Result<Option<Values>, Error> {
        self.file.begin();
        let Some(message) = attribute::find(self.file, &self.header, name)? else {
            return Ok(None);
        };
        let found = Attribute::parse(self.file, &message)?;
        decode(self.file, &found.datatype, &found.bytes, control).map(Some)
    }

    /// Has it an attribute of that name, of whatever type?
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Unsupported`].
    pub fn has_attribute(&self, name: &str) -> Result<bool, Error> {
        self.file.begin();
        Ok(attribute::find(self.file, &self.header, name)?.is_some())
    }
}
