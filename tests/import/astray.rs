//! Pages that stray from the layouts: tables that no field names, wrong examples, lost lines.

use super::{body, imported, operation, page, resolved};
use serde_json::{Value, json};
use testimony::page::Import;

const HEAD: &str = "# Putting up\n\n## URI\n\nPOST /v1/depots\n\n";

fn read(text: &str) -> Import {
    imported(&[page("depot.md", text)])
}

fn properties(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolved(document, schema);
    schema["properties"].as_object().map(|own| own.keys().cloned().collect()).unwrap_or_default()
}

fn table(caption: &str, rows: &[&str]) -> String {
    let head = "|Parameter|Mandatory|Type|Description|\n|---|---|---|---|\n";
    let rows: String = rows.iter().map(|row| format!("|{row}|\n")).collect();
    format!("{caption}\n\n{head}{rows}\n")
}

#[test]
fn tables_find_fields_by_the_words_of_their_names() {
    for (field, kind, caption) in [
        ("labels", "Array", "**Table 2** labels parameter description"),
        ("labels", "Array of objects", "**Table 2** depot_label field description"),
        ("labels", "Array of Depot Label objects", "**Table 2** Depot Label objects"),
        ("label", "depot_label object", "**Table 2** Depot Label对象"),
        ("contents", "Array of objects", "**Table 2** Label"),
    ] {
        let text = format!(
            "{HEAD}## Request\n\n{}{}",
            table(
                "**Table 1** Request body parameters",
                &[&format!("{field}|Yes|{kind}|Its labels")]
            ),
            table(caption, &["key|Yes|String|Key", "value|No|String|Value"]),
        );
        let import = read(&text);
        assert!(import.losses.is_empty(), "{caption}: {:?}", import.losses);
        let (_, _, operation) = operation(&import.document);
        let own = &body(&operation["requestBody"])["properties"][field];
        let inner = if own["items"].is_null() { own } else { &own["items"] };
        assert_eq!(properties(&import.document, inner), ["key", "value"], "{caption}");
    }
}

#[test]
fn a_table_of_another_name_stays_apart_where_several_fields_are_open() {
    let text = format!(
        "{HEAD}## Request\n\n{}{}",
        table(
            "**Table 1** Request body parameters",
            &["front|Yes|Array of objects|Front", "back|Yes|Array of objects|Back"],
        ),
        table("**Table 2** Label", &["key|Yes|String|Key"]),
    );
    let reasons: Vec<String> = read(&text).losses.into_iter().map(|loss| loss.reason).collect();
    assert_eq!(reasons, ["a table that no field refers to"]);
}

#[test]
fn several_tables_of_one_body_are_read_as_one() {
    let text = format!(
        "{HEAD}## Request\n\n{}{}",
        table(
            "**Table 1** Request body parameters",
            &["name|Yes|String|Name", "site|Yes|String|Site"]
        ),
        table(
            "**Table 2** Request body parameters",
            &["name|Yes|String|Name", "copy|Yes|String|Copied"]
        ),
    );
    let import = read(&text);
    let (_, _, operation) = operation(&import.document);
    let schema = body(&operation["requestBody"]);
    assert_eq!(properties(&import.document, schema), ["name", "site", "copy"]);
    assert_eq!(schema["required"], json!(["name"]));
    assert_eq!(import.losses.len(), 1);
}

#[test]
fn an_example_request_gives_any_method_its_body() {
    let text = format!(
        "# Taking down\n\n## URI\n\nDELETE /v1/depots\n\n{}## Request\n\n{}## Example Request\n\n```\n{{\"depots\": [\"a\"]}}\n```\n",
        table("**Table 1** Parameter description", &["force|No|Boolean|Force"]),
        table("**Table 2** Parameter description", &["depots|Yes|Array of strings|Depots"]),
    );
    let import = read(&text);
    let (_, _, operation) = operation(&import.document);
    assert_eq!(properties(&import.document, body(&operation["requestBody"])), ["depots"]);
    assert_eq!(operation["parameters"][0]["name"], "force");
}

#[test]
fn an_example_of_something_else_adds_no_fields() {
    let responses = "## Response\n\n**Table 1** Response body parameters\n\n|Parameter|Type|Description|\n|---|---|---|\n|depots|Array of Depot objects|All|\n\n**Table 2** Depot\n\n|Parameter|Type|Description|\n|---|---|---|\n|id|String|Id|\n|site|String|Site|\n\n## Example Response\n\n";
    let with = |example: &str| {
        let text = format!(
            "# Listing\n\n## URI\n\nGET /v1/depots\n\n{responses}```\n{example}\n```\n\n## Status Codes\n\n200\n"
        );
        let import = read(&text);
        let (_, _, operation) = operation(&import.document);
        let kinds: Vec<&str> = import.contradictions.iter().map(|own| own.kind).collect();
        (properties(&import.document, body(&operation["responses"]["200"])), kinds.join(" "))
    };
    let (names, kinds) = with("{\"id\": \"a\", \"site\": \"b\", \"colour\": \"c\"}");
    assert_eq!(names, ["depots"]);
    assert!(kinds.contains("example_of_something_else"), "{kinds}");
    let (names, kinds) = with("{\"depots\": [], \"colour\": \"c\"}");
    assert_eq!(names, ["depots", "colour"]);
    assert_eq!(kinds, "unlisted_field");
}

#[test]
fn without_headings_an_answer_follows_its_request() {
    let text = "Puts up a depot.\nPOST /v1/depots\nParameter |\nMandatory |\nType |\nDescription |\n---|---|---|---|\nname |\nYes |\nString |\nName. |\nParameter |\nType |\nDescription |\n---|---|---|\nname |\nString |\nName. |\nid |\nString |\nId. |\n1 | POST https://{endpoint}/v1/depots |\n1 2 3 | { \"name\": \"a\" } |\n1 2 3 | { \"name\": \"a\", \"id\": \"b\", \"\": 1, \"site\": \"c\" } |\nStatus Code |\nDescription |\n---|---|\n200 |\nDone. |\n";
    let import = read(text);
    let (_, _, operation) = operation(&import.document);
    assert_eq!(properties(&import.document, body(&operation["requestBody"])), ["name"]);
    let answer = body(&operation["responses"]["200"]);
    assert_eq!(properties(&import.document, answer), ["name", "id", "site"]);
}

#[test]
fn headings_and_codes_are_known_in_their_frames() {
    let text = "# 创建仓库<a name=\"depot_1\"></a>\n\n## URI\n\nPOST /v1/depots\\{?dry\\}\n\n## 响应参数<a name=\"section2\"></a>\n\n**状态码为 200 时:**\n\n|属性|类型|说明|\n|---|---|---|\n|id|String|标识|\n\n**状态码为 409 时:**\n\n|参数|类型|说明|\n|---|---|---|\n|__code|String|错误码|\n\n## 响应示例<a name=\"section3\"></a>\n\n**状态码为 200 时:**\n\n```\n{\"id\": \"a\"}\n```\n";
    let import = read(text);
    let (_, path, operation) = operation(&import.document);
    assert_eq!((path, &operation["summary"]), ("/v1/depots", &json!("创建仓库")));
    assert!(operation["requestBody"].is_null());
    assert_eq!(properties(&import.document, body(&operation["responses"]["200"])), ["id"]);
    assert_eq!(properties(&import.document, body(&operation["responses"]["409"])), ["__code"]);
}

#[test]
fn rows_between_bars_need_no_line_of_dashes() {
    let text = "# 添加仓库\n\n见 https://depot.aliyuncs.com/ 。\n\n## 请求参数\n\n|参数|类型|是否必选|示例值|描述|\n|Action|String|是|AddDepot|系统规定参数。取值：AddDepot|\n|Version|String|是|2019-01-02|版本。|\n|Name|String|是|a|名称。|\n\n## 返回参数\n\n|参数|类型|示例值|描述|\n|RequestId|String|x|请求ID|\n\n## 错误码\n\n|HttpCode|错误码|错误信息|描述|\n|---|---|---|---|\n|404|NoSite|No site.|没有|\n";
    let import = read(text);
    let (_, _, operation) = operation(&import.document);
    assert_eq!(operation["operationId"], "AddDepot");
    assert_eq!(import.document["info"]["version"], "2019-01-02");
    assert!(!operation["responses"]["404"].is_null());
    // Prose between bars is no table.
    let text = format!("{HEAD}|a note|of two|\n|and more|of it|\n\n## Status Codes\n\n200\n");
    let import = read(&text);
    let (_, _, operation) = super::operation(&import.document);
    assert!(operation["requestBody"].is_null());
}
