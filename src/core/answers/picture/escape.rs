//! Escapes text for the language of a picture, and shortens it to the available width.

use std::fmt::Write;

/// Escapes text for XML content and attribute values. Characters that XML 1.0 forbids become U+FFFD.
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Text for a quoted Graphviz label. Graphviz reads entities in labels, hence `&amp;`.
pub fn dot(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '&' => escaped.push_str("&amp;"),
            '\n' => escaped.push_str("\\n"),
            '\t' | '\r' => escaped.push(' '),
            _ if is_unprintable(character) => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Text for a quoted Mermaid label: ASCII that could mean something to Mermaid, to Markdown or to HTML becomes
/// an entity code. `_`, `-` and `.` inside a word mean nothing and stay, so that the source can be read.
pub fn mermaid(text: &str) -> String {
    let text = single_line(text);
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let after = characters.peek().copied().unwrap_or(' ');
        let plain = match character {
            '_' | '-' | '.' => before.is_alphanumeric() && after.is_alphanumeric(),
            ' ' => true,
            _ => character.is_ascii_alphanumeric() || !character.is_ascii(),
        };
        if plain {
            escaped.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "#{};", u32::from(character));
        }
        before = character;
    }
    escaped
}

/// Text for a double-quoted YAML scalar in the front matter of a Mermaid diagram, which Mermaid searches for
/// directives, comments and tags before YAML is read.
pub fn front_matter(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in single_line(text).chars() {
        match character {
            '"' | '\\' | '%' | '{' | '}' | '<' | '>' | '&' | '#' | '`' => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The text in one line: white space becomes single spaces, what cannot be printed U+FFFD.
pub fn single_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().map(|c| if is_unprintable(c) { '\u{fffd}' } else { c }).collect()
}

/// Control characters, non-characters, and the marks that turn the direction of the text around them.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// About how wide a text is in a proportional system font, in units of its font size.
pub fn width(text: &str) -> f64 {
    text.chars().map(character_width).sum()
}

fn character_width(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '|' | '!' | '.' | ',' | ':' | ';' | '\'' | '`' => 0.32,
        'f' | 't' | 'r' | 'I' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' | '"' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.95,
        'A'..='Z' | '#' | '&' | '_' | '+' | '=' | '<' | '>' | '~' => 0.72,
        '\u{0}'..='\u{ff}' => 0.6,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        '\u{100}'..='\u{10ff}' => 0.68,
        _ => 1.1,
    }
}

/// The text in one line, cut with an ellipsis where it is wider than `room` units of its font size.
pub fn fit(text: &str, room: f64) -> String {
    let text = single_line(text);
    if width(&text) <= room {
        return text;
    }
    let mut used = character_width('…');
    let kept = text.chars().take_while(|&character| {
        used += character_width(character);
        used <= room
    });
    let mut kept: String = kept.collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}
