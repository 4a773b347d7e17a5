// A WebSocket's client from `ws`: `MODULES URL PLAN COMPRESS`; the plan is that of sockets.py.
import { createRequire } from "node:module";

const [modules, url, plan, compress] = process.argv.slice(2);
const { WebSocket } = createRequire(`${modules}/`)("ws");
const socket = new WebSocket(url, ["chat"], { perMessageDeflate: compress === "deflate" });
// As Python writes it.
const tell = (list) => console.log(`[${list.map((one) => JSON.stringify(one)).join(", ")}]`);
const received = [];
const waiting = [];
let closed = false;
socket.on("message", (data, binary) => {
  const text = binary ? `hex ${data.toString("hex")}` : data.toString();
  const next = waiting.shift();
  if (next) next(text);
  else received.push(text);
});
socket.on("close", (code, reason) => {
  closed = true;
  for (const next of waiting) next(undefined);
  tell([code, reason.toString()]);
});
await new Promise((resolve, reject) => {
  socket.on("open", resolve);
  socket.on("error", reject);
});
tell([socket.extensions ? "deflate" : [], socket.protocol || null]);
for (const step of JSON.parse(plan)) {
  if (closed) break;
  if (step === null) {
    const text = received.length ? received.shift() : await new Promise((next) => waiting.push(next));
    if (text === undefined) break;
    console.log(JSON.stringify(text.length > 1000 ? `${text.length} of ${text[0]}` : text));
  } else if (typeof step === "string") socket.send(step);
  else if (step[0] === "hex") socket.send(Buffer.from(step[1], "hex"));
  else if (step[0] === "ping") {
    await new Promise((pong) => {
      socket.once("pong", pong);
      socket.ping("are you there");
    });
  } else if (step[0] === "close") socket.close(step[1], "enough");
}
