// A garage on Express with express-openapi-validator, and the document that both go by. Prints its port first.
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "index.js"));
const express = require("express");
const validator = require("express-openapi-validator");

const problem = { type: "object", required: ["message"], properties: { message: { type: "string" } } };
const error = (description) => ({ description, content: { "application/json": { schema: problem } } });
const errors = (...codes) => Object.fromEntries(codes.map((code) => [code, error(`${code}`)]));
const ok = (description, schema) => ({ description, content: { "application/json": { schema } } });
const reference = (name) => ({ $ref: `#/components/schemas/${name}` });
const json = (name) => ({ required: true, content: { "application/json": { schema: reference(name) } } });
const id = { name: "carId", in: "path", required: true, schema: { type: "integer", minimum: 1, maximum: 1000000000 } };
const document = {
  openapi: "3.0.3",
  info: { title: "Garage", version: "1" },
  security: [{ key: [] }],
  paths: {
    "/cars": {
      get: {
        operationId: "listCars",
        parameters: [
          { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100, default: 20 } },
          { name: "fuel", in: "query", schema: { type: "string", enum: ["petrol", "diesel", "electric"] } },
          { name: "sort", in: "query", schema: { type: "array", items: { type: "string", enum: ["plate", "doors"] }, maxItems: 2 }, style: "form", explode: false },
        ],
        responses: { 200: ok("All.", { type: "array", items: reference("Car") }), ...errors(400, 401, 405) },
      },
      post: { operationId: "addCar", requestBody: json("NewCar"), responses: { 201: ok("Made.", reference("Car")), ...errors(400, 401, 405, 415), 409: error("A car with this plate already exists.") } },
    },
    "/cars/{carId}": {
      parameters: [id],
      get: { operationId: "showCar", responses: { 200: ok("One.", reference("Car")), ...errors(400, 401, 404) } },
      patch: { operationId: "changeCar", requestBody: json("CarChange"), responses: { 200: ok("Changed.", reference("Car")), ...errors(400, 401, 404, 412, 415), }, parameters: [{ name: "If-Match", in: "header", schema: { type: "string" } }] },
      delete: { operationId: "removeCar", responses: { 204: { description: "Gone." }, ...errors(400, 401, 404) } },
    },
    "/cars/{carId}/repairs": {
      parameters: [id],
      post: { operationId: "repair", requestBody: { required: true, content: { "application/x-www-form-urlencoded": { schema: { type: "object", required: ["part", "hours"], properties: { part: { type: "string", minLength: 2, maxLength: 20 }, hours: { type: "integer", minimum: 1, maximum: 40 } } } } } }, responses: { 200: ok("Done.", { type: "object", required: ["part"], properties: { part: { type: "string" } } }), ...errors(400, 401, 404, 415) } },
    },
  },
  components: {
    securitySchemes: { key: { type: "apiKey", in: "header", name: "X-API-Key" } },
    schemas: {
      NewCar: {
        type: "object", additionalProperties: false, required: ["plate", "doors"],
        properties: {
          plate: { type: "string", pattern: "^[A-Z]{1,3}-[0-9]{1,9}$" }, doors: { type: "integer", enum: [2, 3, 4, 5] },
          fuel: { type: "string", enum: ["petrol", "diesel", "electric"], nullable: true },
          owner: { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1, maxLength: 40 }, email: { type: "string", format: "email" } } },
          colours: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 3, uniqueItems: true },
        },
      },
      CarChange: { type: "object", additionalProperties: false, minProperties: 1, properties: { doors: { type: "integer", enum: [2, 3, 4, 5] }, fuel: { type: "string", enum: ["petrol", "diesel", "electric"] } } },
      Car: { type: "object", required: ["id", "plate", "doors"], properties: { id: { type: "integer" }, plate: { type: "string" }, doors: { type: "integer" }, fuel: { type: "string", nullable: true } } },
    },
  },
};

const app = express();
const cars = new Map();
const log = [];
let next = 1;
const tag = (car) => `"v${car.version}"`;
app.get("/__left", (_, answer) => answer.json([...cars.keys()]));
app.get("/__log", (_, answer) => answer.json(log));
app.get("/openapi.json", (_, answer) => answer.json(document));
app.use((request, _, go) => { log.push(`${request.method} ${request.path}`); go(); });
app.use(express.json());
app.use(express.urlencoded({ extended: false }));
app.use(validator.middleware({
  apiSpec: document, validateRequests: { coerceTypes: true }, validateResponses: false,
  validateSecurity: { handlers: { key: (request) => request.get("X-API-Key") === "t0ken-of-the-owner" } },
}));
const found = (request) => cars.get(Number(request.params.carId));
const missing = (answer) => answer.status(404).json({ message: "no such car" });
app.get("/cars", (request, answer) => answer.json([...cars.values()].filter((car) => !request.query.fuel || car.fuel === request.query.fuel).slice(0, request.query.limit)));
app.post("/cars", (request, answer) => {
  if ([...cars.values()].some((car) => car.plate === request.body.plate)) return answer.status(409).json({ message: "the plate is taken" });
  const car = { ...request.body, id: next++, version: 1 };
  cars.set(car.id, car);
  answer.status(201).location(`/cars/${car.id}`).set("ETag", tag(car)).json(car);
});
app.get("/cars/:carId", (request, answer) => { const car = found(request); car ? answer.set("ETag", tag(car)).json(car) : missing(answer); });
app.patch("/cars/:carId", (request, answer) => {
  const car = found(request);
  if (!car) return missing(answer);
  const wanted = request.get("If-Match");
  if (wanted && wanted !== "*" && wanted !== tag(car)) return answer.status(412).json({ message: "another version" });
  Object.assign(car, request.body, { version: car.version + 1 });
  answer.set("ETag", tag(car)).json(car);
});
app.delete("/cars/:carId", (request, answer) => cars.delete(Number(request.params.carId)) ? answer.status(204).end() : missing(answer));
app.post("/cars/:carId/repairs", (request, answer) => found(request) ? answer.json({ part: request.body.part }) : missing(answer));
app.use((failure, _request, answer, _go) => { answer.set(failure.headers ?? {}).status(failure.status ?? 500).json({ message: failure.message }); });
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
