//! More wordings of rules, each with a twin that looks alike and states none.

use super::phrases::lifted;
use serde_json::{Value, json};

fn holds(cases: &[(&str, &str, Value)]) {
    for (kind, text, expected) in cases {
        let mut found = lifted(kind, text);
        found.as_object_mut().unwrap().remove("items");
        assert_eq!(found, *expected, "{kind}: {text}");
    }
}

#[test]
fn lists_in_one_line_are_lists() {
    holds(&[
        (
            "String",
            "Order. The options are as follows: - up: small ones first - down: large ones first (default value)",
            json!({"enum": ["up", "down"], "default": "down"}),
        ),
        ("Integer", "Kind. The options are as follows: - 0: dry - 1: wet", json!({"enum": [0, 1]})),
        ("String", "A way - in: or out - and: so on.", json!({})),
        ("String", "Stock kept north - and south - of the river.", json!({})),
    ]);
}

#[test]
fn a_list_item_may_say_that_it_is_the_default() {
    holds(&[
        (
            "String",
            "Order. Options:<ul><li>up: rising. It is the default value.</li><li>down: falling</li></ul>",
            json!({"enum": ["up", "down"], "default": "up"}),
        ),
        (
            "String",
            "Order. Options:<ul><li>up: rising, unlike down, which is the default value of others</li><li>down: falling</li></ul>",
            json!({"enum": ["up", "down"]}),
        ),
        (
            "Boolean",
            "Open. Options:<ul><li>true: open</li><li>false: shut (default value)</li></ul>",
            json!({"default": false}),
        ),
        ("Boolean", "Open. Options:<ul><li>true: open</li><li>false: shut</li></ul>", json!({})),
        (
            "String",
            "种类。取值：<ul><li>on：开</li><li>off（默认值）：关</li></ul>",
            json!({"enum": ["on", "off"], "default": "off"}),
        ),
        (
            "String",
            "级别。取值范围：<ul><li>L0</li><li>L1（默认）</li></ul>",
            json!({"enum": ["L0", "L1"], "default": "L1"}),
        ),
    ]);
}

#[test]
fn a_default_of_nothing_is_none() {
    holds(&[
        ("String", "Name. The default value is null.", json!({})),
        ("String", "名称。默认值：无", json!({})),
        (
            "String",
            "Empty by default, or 2 to 9 characters.",
            json!({"minLength": 2, "maxLength": 9}),
        ),
        ("String", "Name. It is left blank by default.", json!({"default": ""})),
        ("String", "名称。默认为当前仓库的名称。", json!({})),
        ("String", "名称。默认值：main", json!({"default": "main"})),
        ("Integer", "大小。默认值：20", json!({"default": 20})),
    ]);
}

#[test]
fn numbers_have_more_bounds_than_two() {
    holds(&[
        ("Integer", "Size. The value must be greater than zero.", json!({"minimum": 1})),
        ("Integer", "Size. The value must be greater than 5.", json!({"minimum": 6})),
        ("Integer", "The value cannot be a negative number.", json!({"minimum": 0})),
        ("Integer", "The value must be a positive integer.", json!({"minimum": 1})),
        ("Integer", "When it is greater than 5, depots are shut.", json!({})),
        (
            "Integer",
            "等待的时间。取值：1-300（秒）",
            json!({"minimum": 1, "maximum": 300, "x-unit": "seconds"}),
        ),
        (
            "Integer",
            "大小，单位为GiB。取值范围：20~500",
            json!({"minimum": 20, "maximum": 500, "x-unit": "GiB"}),
        ),
        ("Integer", "端口。从 10 到 20 点关闭。", json!({})),
        (
            "Integer",
            "冷却时间。取值范围：0~86400，单位：秒。",
            json!({"minimum": 0, "maximum": 86400, "x-unit": "seconds"}),
        ),
        ("Integer", "时长。取值范围：1~12, 24, 36", json!({})),
        ("Integer", "版本，值为4或6。", json!({"enum": [4, 6]})),
        ("Integer", "取值范围：{20, 40, 100}", json!({"enum": [20, 40, 100]})),
    ]);
}

#[test]
fn the_range_of_an_index_is_not_the_values() {
    holds(&[
        ("Integer", "The size of depot N. Valid values of N: 1 to 16.", json!({})),
        ("Integer", "仓库N的大小，N的取值范围：1~16。", json!({})),
        (
            "Array of strings",
            "The ID of depot N. Valid values of N: 1 to 16.",
            json!({"maxItems": 16}),
        ),
        ("Array of strings", "仓库ID。N的取值范围：1~100。", json!({"maxItems": 100})),
        ("Integer", "The size. Valid values: 1 to 16.", json!({"minimum": 1, "maximum": 16})),
    ]);
}

#[test]
fn texts_are_bound_in_either_language() {
    holds(&[
        (
            "String",
            "The name length ranges from 1 to 64.",
            json!({"minLength": 1, "maxLength": 64}),
        ),
        ("String", "The length ranges from 1 to 64 bytes.", json!({})),
        ("String", "版本，字符长度不超过16", json!({"maxLength": 16})),
        ("String", "内容，长度不超过16KB", json!({})),
        (
            "String",
            "名称。长度为2~128个英文或中文字符。",
            json!({"minLength": 2, "maxLength": 128}),
        ),
        (
            "String",
            "最多支持128个字符，不能以acs:和depot开头。",
            json!({"maxLength": 128, "x-forbidden-prefixes": ["acs:", "depot"]}),
        ),
        (
            "String",
            "由英文字母、数字、下划线、中划线组成。",
            json!({"pattern": "^[A-Za-z0-9_-]*$"}),
        ),
        (
            "String",
            "只能包含数字、字母、_(下划线)、-（中划线）。",
            json!({"pattern": "^[0-9A-Za-z_-]*$"}),
        ),
        ("String", "由仓库、货架和箱子组成。", json!({})),
        (
            "String",
            "标签。<ul><li>Key最多支持64个字符</li><li>Value最多支持128个字符</li></ul>",
            json!({}),
        ),
        ("String", "支持变量，每个变量名的长度为3 ~ 32位的字符串，由英文字母组成。", json!({})),
        ("String", "必须以字母开头。", json!({"pattern": "^[A-Za-z][\\s\\S]*$"})),
        (
            "String",
            "Labels, parted by dots. Each name consists of several labels separated by dots (.).",
            json!({}),
        ),
        (
            "String",
            "It cannot contain the following special characters: !<>",
            json!({"pattern": "^[^!<>]*$"}),
        ),
        (
            "String",
            "It does not support the following characters: those of other scripts",
            json!({}),
        ),
    ]);
}

#[test]
fn values_are_listed_in_either_language() {
    holds(&[
        (
            "String",
            "Kind, which can be dry, wet, or damp.",
            json!({"enum": ["dry", "wet", "damp"]}),
        ),
        ("String", "A depot, which can be shut at night or by day.", json!({})),
        ("String", "状态，取值为“up”或者“down”。", json!({"enum": ["up", "down"]})),
        ("String", "状态，可以为UP，DOWN或ERROR。", json!({"enum": ["UP", "DOWN", "ERROR"]})),
        ("String", "可以是仓库或者货架。", json!({})),
        (
            "String",
            "协议。取值：<ul><li>Off：关</li><li>Http：明文</li></ul>",
            json!({"enum": ["Off", "Http"]}),
        ),
        (
            "String",
            "开关：<ul><li>on表示开</li><li>off表示关</li></ul>",
            json!({"enum": ["on", "off"]}),
        ),
        (
            "String",
            "Kind. Valid values:<ul><li>default: any depot</li><li>own: a depot of one's own</li></ul>",
            json!({"enum": ["default", "own"]}),
        ),
        (
            "String",
            "See these rules:<ul><li>This means a depot is shut</li><li>a depot - a shelf</li></ul>",
            json!({}),
        ),
        ("String", "If the depot is wet, valid values are a, b, and c.", json!({})),
        (
            "String",
            "Kind. Options:<ul><li>a.small</li><li>a.large</li></ul>The kinds above are for reference only.",
            json!({}),
        ),
        (
            "String",
            "获取方法。可以为：<ul><li>方法1：登录控制台，查看仓库</li><li>方法2：通过接口查询</li></ul>",
            json!({}),
        ),
    ]);
}

#[test]
fn lists_go_on_where_their_layout_breaks() {
    holds(&[
        // The first item on the announcing line, the others below it.
        (
            "String",
            "态。取值范围：- Up：开<br>Down：关<br>Odd：其他",
            json!({"enum": ["Up", "Down", "Odd"]}),
        ),
        // Paragraphs between the items.
        (
            "String",
            "Kind. Valid values:<ul><li>dry: no water.</li></ul><p>Mind the sun.</p><ul><li>wet: water.</li></ul>",
            json!({"enum": ["dry", "wet"]}),
        ),
        // Words alone, and words with a full stop.
        ("String", "Way. Value range:<br>manual<br>auto", json!({"enum": ["manual", "auto"]})),
        (
            "String",
            "Way. Valid values:<br>soft. It bends.<br>hard. It breaks.",
            json!({"enum": ["soft", "hard"]}),
        ),
        ("String", "Way. The method is<br>manual<br>auto", json!({})),
        // A range, or a name for values that are not written out, leaves the list open.
        ("Integer", "天数。取值范围：<ul><li>-1：永久</li><li>1~99：天数</li></ul>", json!({})),
        ("String", "Where. Valid values:<br>all: everywhere<br>{zone}: one zone", json!({})),
        (
            "String",
            "Protocol. The value can be:<ul><li>tcp</li><li>udp</li><li>IP protocol number (0-255)</li></ul>",
            json!({}),
        ),
        // What an example shows is no list.
        (
            "String",
            "Script.<br>Examples<br>Before:<ul><li>Linux</li><li>Windows</li></ul>",
            json!({}),
        ),
    ]);
}

#[test]
fn labels_may_stand_in_front_of_their_text() {
    holds(&[
        (
            "Integer",
            "Definition: Depots a page.<br>Constraints: N/A<br>Range: 1 to 20<br>Default Value: 5",
            json!({"minimum": 1, "maximum": 20, "default": 5}),
        ),
        (
            "String",
            "参数解释：名称。 约束限制：不涉及 取值范围：1-64个字符 默认取值：不涉及",
            json!({"minLength": 1, "maxLength": 64}),
        ),
        (
            "String",
            "<ul><li>Definition: Way in or out.</li><li>Range:</li><li>in: inwards</li><li>out: outwards</li></ul>",
            json!({"enum": ["in", "out"]}),
        ),
        ("String", "See the definition: depots. Range: wide.", json!({})),
    ]);
}

#[test]
fn what_a_name_begins_with_it_may_hold() {
    holds(&[
        (
            "String",
            "Name. It must start with a letter. It can contain digits and hyphens (-).",
            json!({"pattern": "^[A-Za-z][0-9A-Za-z-]*$"}),
        ),
        // Signs that are added to a set that was not understood.
        (
            "String",
            "Name. It can contain runes of any kind. It can also contain colons (:).",
            json!({}),
        ),
        (
            "String",
            "Name. It cannot contain angle brackets (< or >).",
            json!({"pattern": "^[^<>]*$"}),
        ),
        (
            "String",
            "Host.<ul><li>Windows: 2 to 15 characters, contains letters and digits.</li><li>Linux: 2 to 64 characters.</li></ul>",
            json!({}),
        ),
        (
            "String",
            "Text. It can be empty or 2 to 9 characters in length.",
            json!({"maxLength": 9}),
        ),
    ]);
}

#[test]
fn ranges_by_use_are_all_read_or_none() {
    holds(&[
        (
            "Integer",
            "Size. Valid values:<ul><li>dry: 5 to 20</li><li>wet: 10 to 90</li></ul>",
            json!({"minimum": 5, "maximum": 90}),
        ),
        (
            "Integer",
            "Size. Valid values:<ul><li>dry: 5 to 20</li><li>wet: see the tide</li></ul>",
            json!({}),
        ),
        (
            "Integer",
            "Credits. Valid values: 200, 1600, and 4000.",
            json!({"enum": [200, 1600, 4000]}),
        ),
    ]);
}

#[test]
fn defaults_of_cases_are_none() {
    holds(&[
        ("String", "Kind. 旧的默认值是no，其他默认值是yes。", json!({})),
        ("Integer", "取值范围：1~9，如果way为up，默认为5。", json!({"minimum": 1, "maximum": 9})),
        ("Integer", "个数。如果不指定，默认为5。", json!({"default": 5})),
        (
            "Integer",
            "Count. If it is not specified, the default value is 5.",
            json!({"default": 5}),
        ),
        ("Integer", "Count. If it is wet, the default value is 5.", json!({})),
        (
            "Integer",
            "Size. Default value: max{40, the depot's}.",
            json!({"x-default-meaning": "max{40, the depot's}"}),
        ),
    ]);
}

#[test]
fn a_list_ends_where_its_values_end() {
    holds(&[
        // What may not be is no list of what may.
        (
            "String",
            "Address. These are not supported:<ul><li>one.local</li><li>two.local</li></ul>",
            json!({}),
        ),
        // Several values in one text.
        (
            "String",
            "States. Valid values:<ul><li>on: runs</li><li>off: rests</li></ul>Separate multiple values with commas (,).",
            json!({}),
        ),
        (
            "String",
            "参数解释：种类。 取值范围： up：朝上。 down：朝下。 默认取值： up",
            json!({"enum": ["up", "down"], "default": "up"}),
        ),
        ("String", "方式。取值范围： 0:开 1:关", json!({"enum": ["0", "1"]})),
        ("String", "策略，枚举取值： - keep (留) - drop (弃，不可恢复)", json!({})),
        (
            "String",
            "策略。枚举值： - keep (保留服务) - drop (不再保留)",
            json!({"enum": ["keep", "drop"]}),
        ),
        (
            "String",
            "Way. The options are up, down, and none.",
            json!({"enum": ["up", "down", "none"]}),
        ),
        (
            "String",
            "Kind. The value can be dry, wet, or damp, and the default value is dry.",
            json!({"enum": ["dry", "wet", "damp"], "default": "dry"}),
        ),
        (
            "String",
            "Name. It can contain letters.<ul><li>It can contain digits and hyphens (-).</li></ul>",
            json!({"pattern": "^[A-Za-z0-9-]*$"}),
        ),
        ("String", "Domain. A wildcard domain name must start with a period (.).", json!({})),
    ]);
}

#[test]
fn what_is_said_of_one_value_is_not_said_of_the_field() {
    holds(&[
        (
            "String",
            "State. Valid values:<ul><li>Up: runs</li><li>Gone: is deprecated</li></ul>",
            json!({"enum": ["Up", "Gone"]}),
        ),
        ("Integer", "小时。取值范围0-7*24", json!({})),
        ("Integer", "Count. It must be equal to or greater than 2.", json!({"minimum": 2})),
        (
            "String",
            "Name, starting with a letter. Only letters and digits are allowed.",
            json!({"pattern": "^[A-Za-z][A-Za-z0-9]*$"}),
        ),
    ]);
}
