// fetch and axios: answers in gzip, br and deflate, forms with boundaries of chance, ids that the server made up.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const axios = createRequire(path.join(process.env.DEPOT_MODULES, 'x.js'))('axios');
const BASE = 'https://depot.example';
const say = (...words) => console.log(words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
const differs = (value) => appendFileSync('differs', `${value}\n`);

/** The members in another order each time. */
function shuffled(members) {
    const names = Object.keys(members).map((name) => [Math.random(), name]).sort();
    return Object.fromEntries(names.map(([, name]) => [name, members[name]]));
}

function form() {
    const made = new FormData();
    made.append('name', 'räk');
    made.append('file', new Blob([new Uint8Array(5000).fill(7)]), 'noise.bin');
    made.append('list', 'a');
    made.append('list', 'b');
    return made;
}

for (const encoding of [undefined, 'gzip', 'br', 'deflate', 'identity']) {
    const answer = await fetch(`${BASE}/catalogue`, { headers: encoding ? { 'Accept-Encoding': encoding } : {} });
    const told = await answer.json();
    say('fetch', told.wanted, answer.headers.get('content-encoding'), told.turn, told.run, told.items.length);
}
say('axios', (await axios.get(`${BASE}/catalogue`)).data.turn);
say('lines', (await (await fetch(`${BASE}/lines`)).text()).split('\n'));
for (let turn = 0; turn < 2; ++turn) {
    const answer = await fetch(`${BASE}/forms`, { method: 'POST', body: form() });
    say('form', answer.status, await answer.json());
    const told = await axios.post(`${BASE}/forms`, form());
    say('form', told.status, told.data);
    differs(new Request(BASE, { method: 'POST', body: form() }).headers.get('content-type'));
}
const item = { name: 'crate', tags: ['a', 'b'], weight: 7, dock: 1, row: 2, place: 3, owner: 'keeper', shift: 4 };
const made = await axios.post(`${BASE}/items`, shuffled(item));
say('made', made.status, made.data, made.headers.location);
const location = new URL(made.headers.location, BASE);
const all = await Promise.all(Array.from({ length: 8 }, () => fetch(location).then((answer) => answer.json())));
say('at once', all);
