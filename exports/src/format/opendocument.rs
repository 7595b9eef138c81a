//! The XML of an ods workbook, in which every element must be closed.

use std::io::{BufRead, BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

/// Returns `true` if every element of the workbook is closed. The workbook reader hangs on a table
/// that is not. It finds other errors by itself.
pub fn elements_end(file: impl BufRead + Seek) -> bool {
    let Ok(mut archive) = ZipArchive::new(file) else {
        return true;
    };
    let mut manifest = Vec::new();
    if let Ok(part) = archive.by_name("META-INF/manifest.xml") {
        // An unreadable manifest is not an encrypted one.
        let _ = part.take(1 << 20).read_to_end(&mut manifest);
    }
    let encrypted = b"encryption-data";
    if manifest
        .windows(encrypted.len())
        .any(|part| part == encrypted)
    {
        // Without the password this is not XML; the workbook reader reports that.
        return true;
    }
    let content = archive.by_name("content.xml");
    content.map_or(true, |content| all_end(BufReader::new(content)))
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
            // A closing tag that does not match the open element.
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
    fn unclosed_elements_are_found() {
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
