//! The XML that an ods workbook is in, of which every element must end.

use std::io::{BufRead, BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

/// Whether every element of the workbook ends. The reader of workbooks waits for ever for the end
/// of a table that has none. Whatever else is wrong with the file it finds by itself.
pub fn elements_end(file: impl BufRead + Seek) -> bool {
    let Ok(mut archive) = ZipArchive::new(file) else {
        return true;
    };
    let mut manifest = Vec::new();
    if let Ok(part) = archive.by_name("META-INF/manifest.xml") {
        // What cannot be read does not tell.
        let _ = part.take(1 << 20).read_to_end(&mut manifest);
    }
    let encrypted = b"encryption-data";
    if manifest
        .windows(encrypted.len())
        .any(|part| part == encrypted)
    {
        // No XML without the password, which is asked for later.
        return true;
    }
    archive
        .by_name("content.xml")
        .map_or(true, |content| all_end(BufReader::new(content)))
}

fn all_end(xml: impl BufRead) -> bool {
    let mut reader = Reader::from_reader(xml);
    let mut open = 0_u64;
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(_)) => open += 1,
            Ok(Event::End(_)) => open -= 1,
            Ok(Event::Eof) => return open == 0,
            Ok(_) => {}
            // An end that is not that of the element that is open.
            Err(quick_xml::Error::IllFormed(_)) => return false,
            Err(_) => return true,
        }
        buffer.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_without_its_end_is_seen() {
        for (xml, ends) in [
            ("<a><b/><c>text</c></a>", true),
            ("<a><b></b>", false),
            ("<a><b></a></b>", false),
            ("<a></a></a>", false),
            ("<a", true),
            ("", true),
        ] {
            assert_eq!(all_end(xml.as_bytes()), ends, "{xml}");
        }
    }
}
