// Things that take what their document allows and refuse the rest, as fast as may be. Prints its port first;
// with an argument it writes the document, of so many paths, and ends.
import { createServer } from "node:http";

const problem = { type: "object", required: ["code", "message"], properties: { code: { type: "integer" }, message: { type: "string" } } };
const body = (description, schema) => ({ description, content: { "application/json": { schema } } });
const thing = {
  type: "object", required: ["name", "size"], additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 3, maxLength: 24, pattern: "^[a-z0-9]+$" },
    size: { type: "integer", minimum: 10, maximum: 100 },
    kind: { type: "string", enum: ["oak", "pine"] },
    note: { type: "string", maxLength: 40 },
  },
};
const shown = body("One.", { type: "object", required: ["id"], properties: { id: { type: "string" } } });
const limits = [{ name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 50 } }];
const responses = { 200: shown, 400: body("Refused.", problem) };

if (process.argv[2]) {
  const paths = {};
  for (let n = 0; n < Number(process.argv[2]); n++) {
    paths[`/v1/things${n}`] = {
      get: { operationId: `show${n}`, parameters: limits, responses },
      put: { operationId: `put${n}`, requestBody: { required: true, content: { "application/json": { schema: thing } } }, responses },
    };
  }
  console.log(JSON.stringify({ openapi: "3.1.0", info: { title: "Things", version: "1" }, paths }));
} else {
  const good = Buffer.from('{"id":"a"}'), bad = Buffer.from('{"code":400,"message":"refused"}');
  const text = (value, most, least = 0) => value === undefined || (typeof value === "string" && value.length >= least && value.length <= most);
  const takes = (value) =>
    value !== null && typeof value === "object" && !Array.isArray(value) &&
    Object.keys(value).every((key) => key in thing.properties) &&
    typeof value.name === "string" && /^[a-z0-9]{3,24}$/.test(value.name) &&
    Number.isInteger(value.size) && value.size >= 10 && value.size <= 100 &&
    (value.kind === undefined || ["oak", "pine"].includes(value.kind)) && text(value.note, 40);
  const asks = (url) => {
    const limit = new URL(url, "http://x").searchParams.get("limit");
    return limit === null || (/^\d{1,2}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 50);
  };
  const server = createServer((request, answer) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      let fine = asks(request.url);
      if (request.method === "PUT") {
        try { fine &&= takes(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)))); } catch { fine = false; }
      }
      const bytes = fine ? good : bad;
      answer.writeHead(fine ? 200 : 400, { "Content-Type": "application/json", "Content-Length": bytes.length });
      answer.end(bytes);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}
