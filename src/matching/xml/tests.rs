use super::super::json::{self, Shape};
use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Option<String> {
    canonical(text.as_bytes(), &[]).map(|text| String::from_utf8(text).unwrap())
}

#[test]
fn spelling_does_not_count() {
    let base = "<a x='1' y=\"2\"><b>t</b><c/></a>";
    for other in [
        "<?xml version='1.0' encoding='UTF-8'?>\n<a y='2' x='1'>\n  <b>t</b>\r\n  <c></c>\n</a>\n",
        "\u{feff}<a x = \"1\"\ty='2' ><b><![CDATA[t]]></b><!-- c --><c /></a >",
        "<?xml version=\"1.0\" encoding=\"ascii\"?><a x='&#49;' y='&#x32;'><b>&#116;</b><c/></a>",
        "<?pi?><a x='1' y='2'><b><!-- -->t</b><c/></a><!-- end -->",
    ] {
        assert_eq!(read(other), read(base), "{other}");
        assert!(read(other).is_some(), "{other}");
    }
    let wide: Vec<u8> = "\u{feff}<?xml version='1.0' encoding='UTF-16'?><a>é</a>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
    assert_eq!(canonical(&wide, &[]), canonical("<a>é</a>".as_bytes(), &[]));
    assert_eq!(canonical(latin, &[]), canonical("<a>é</a>".as_bytes(), &[]));
    assert_eq!(read("<a x='1\n2'/>"), read("<a x='1 2'/>"));
    assert_eq!(read("<a>1\r\n2</a>"), read("<a>1\n2</a>"));
}

#[test]
fn what_is_said_counts() {
    let all = [
        "<a/>",
        "<b/>",
        "<n:a/>",
        "<a> </a>",
        "<a x=''/>",
        "<a><x/></a>",
        "<a>x</a>",
        "<a> x</a>",
        "<a>X</a>",
        "<a><b/><c/></a>",
        "<a><c/><b/></a>",
        "<a><b/><c/><b/></a>",
        "<a><b/><b/><c/></a>",
        "<a><b/>t<c/></a>",
        "<a>t<b/><c/></a>",
        "<a>t <b/><c/></a>",
        "<a><b> </b></a>",
        "<a><![CDATA[ ]]><b/></a>",
        "<a xml:space='preserve'> <b/></a>",
        "<a><b><c/></b></a>",
        "<a>&lt;b/&gt;</a>",
        "<a x='&#10;'/>",
        "<a x=' '/>",
    ];
    for (place, one) in all.iter().enumerate() {
        assert!(read(one).is_some(), "{one}");
        for other in &all[..place] {
            assert_ne!(read(one), read(other), "{one} {other}");
        }
    }
}

#[test]
fn what_is_no_xml_is_not_compared_as_xml() {
    let deep = format!("{}{}", "<a>".repeat(120), "</a>".repeat(120));
    for text in [
        "",
        "x",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a x=1/>",
        "<a x='1' x='2'/>",
        "<a x='<'/>",
        "<a>&nbsp;</a>",
        "<a>&</a>",
        "<a>&#0;</a>",
        "<a>\u{1}</a>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<a><!ELEMENT b></a>",
        "<1/>",
        "<a",
        "<a><![CDATA[x</a>",
        "<?xml version='1.0' encoding='koi8-r'?><a>é</a>",
        deep.as_str(),
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn places_are_left_out() {
    let left = |path: &str, text: &str| {
        let path: XmlPath = path.parse().unwrap();
        String::from_utf8(canonical(text.as_bytes(), &[&path]).unwrap()).unwrap()
    };
    let text = "<s:E><s:H><T>1</T></s:H><s:B><I i='1'>2</I><I i='3'/></s:B></s:E>";
    for (path, same) in [
        ("/s:E/s:H", "<s:E><s:B><I i='1'>2</I><I i='3'/></s:B></s:E>"),
        ("/E/H/T", "<s:E><s:H/><s:B><I i='1'>2</I><I i='3'/></s:B></s:E>"),
        ("//@i", "<s:E><s:H><T>1</T></s:H><s:B><I>2</I><I/></s:B></s:E>"),
        ("//B//I", "<s:E><s:H><T>1</T></s:H><s:B/></s:E>"),
        ("/*/s:B/*", "<s:E><s:H><T>1</T></s:H><s:B/></s:E>"),
        ("/x:E/s:H", text),
        ("/E", "<s:F/>"),
    ] {
        let whole = if path == "/E" { "{}".to_owned() } else { read(same).unwrap() };
        assert_eq!(left(path, text), whole, "{path}");
    }
    for path in ["", "a", "/", "//", "/a/", "/a[1]", "/@a/b", "/a b", "/@"] {
        assert!(path.parse::<XmlPath>().is_err(), "{path}");
    }
}

proptest! {
    #[test]
    fn nothing_breaks_it(text in "[<>/a&;='\" !\\-\\[\\]CDATA?\\PC]{0,60}") {
        if let Some(found) = read(&text) {
            let again = json::canonical(found.as_bytes(), &Shape::default());
            prop_assert_eq!(again, Some(found.into_bytes()));
        }
    }
}
