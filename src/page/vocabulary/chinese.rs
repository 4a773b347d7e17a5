//! Chinese words of reference pages.

use super::{Column, Facet, Language, Listing, PrototypeKey, Section};
use crate::page::model::{Place, Sent};

pub(super) static CHINESE: Language = Language {
    sections: &[
        (Section::Function, &["功能介绍", "功能描述", "接口功能"]),
        (Section::Uri, &["请求方法和uri", "接口路径", "uri路径", "接口原型", "请求路径"]),
        (Section::Request, &["请求参数", "请求消息", "请求"]),
        (Section::Response, &["响应参数", "返回参数", "响应消息", "返回数据", "响应"]),
        (Section::Examples, &["示例", "请求和响应示例"]),
        (Section::RequestExample, &["请求示例", "请求样例"]),
        (Section::ResponseExample, &["响应示例", "返回示例", "响应样例", "正常返回示例"]),
        (Section::StatusCodes, &["状态码", "返回值", "http状态码"]),
        (Section::ErrorCodes, &["错误码", "错误代码"]),
        (
            Section::Aside,
            &["调试", "调用方法", "授权信息", "变更历史", "约束限制", "使用说明", "sdk代码示例"],
        ),
    ],
    columns: &[
        (Column::Name, &["参数", "参数名", "参数名称", "名称", "字段"]),
        (Column::Mandatory, &["是否必选", "是否必填", "必选", "必填", "是否必须"]),
        (Column::Type, &["参数类型", "类型", "数据类型"]),
        (Column::Location, &["参数位置", "位置", "请求位置"]),
        (Column::Description, &["描述", "说明", "参数说明", "参数描述", "备注"]),
        (Column::Example, &["示例值", "示例"]),
        (Column::Default, &["默认值"]),
        (Column::StatusCode, &["状态码", "http状态码", "返回值"]),
        (Column::ErrorCode, &["错误码", "错误代码"]),
        (Column::ErrorMessage, &["错误信息", "错误消息"]),
    ],
    listings: &[
        (Listing::ResponseHeaders, &["响应", "header"]),
        (Listing::ResponseBody, &["响应", "参数"]),
        (Listing::ResponseBody, &["返回", "参数"]),
        (Listing::Parameters(Place::Path), &["路径参数"]),
        (Listing::Parameters(Place::Path), &["path", "参数"]),
        (Listing::Parameters(Place::Query), &["query", "参数"]),
        (Listing::Parameters(Place::Query), &["查询参数"]),
        (Listing::Parameters(Place::Header), &["header", "参数"]),
        (Listing::Parameters(Place::Header), &["消息头"]),
        (Listing::RequestBody, &["body", "参数"]),
        (Listing::RequestBody, &["请求", "体"]),
        (Listing::StatusCodes, &["状态码"]),
    ],
    facets: &[
        (Facet::Definition, &["参数解释", "定义"]),
        (Facet::Constraints, &["约束限制", "约束"]),
        (Facet::Range, &["取值范围"]),
        (Facet::Default, &["默认取值", "默认值"]),
    ],
    prototype: &[
        (PrototypeKey::Method, &["请求方法"]),
        (PrototypeKey::Path, &["请求地址", "请求路径"]),
    ],
    places: &[
        ("路径", Sent::In(Place::Path)),
        ("查询", Sent::In(Place::Query)),
        ("请求头", Sent::In(Place::Header)),
        ("消息头", Sent::In(Place::Header)),
        ("消息体", Sent::Body),
        ("请求体", Sent::Body),
    ],
    yes: &["是", "必选", "必填"],
    no: &["否", "可选", "选填"],
    nothing: &["不涉及", "无"],
    table: &["表"],
    status: &["http状态码", "状态码"],
    structure: &["结构", "数据结构", "对象"],
};
