// Express with its middleware that compresses: node express.mjs MODULES
//
// Prints its port, and ends with its standard input.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.argv[2], 'x.js'));
const express = require('express');
const app = express();
const run = Math.random().toString(36).slice(2).padEnd(16, 'x');
let turns = 0;

app.use(require('compression')({ threshold: 0 }));
app.get('/catalogue', (request, response) => {
    const wanted = request.get('accept-encoding') ?? 'none';
    response.json({ run, turn: ++turns, wanted, items: Array.from({ length: 400 }, (_, n) => `crate ${n}`) });
});
app.get('/lines', async (_, response) => {
    response.type('text/plain');
    for (let line = 0; line < 20; ++line) {
        response.write(`line ${line} of ${run}\n`);
        response.flush();
        await new Promise((resolve) => setTimeout(resolve, 2));
    }
    response.end();
});
app.post('/forms', express.raw({ type: () => true, limit: '10mb' }), (request, response) => {
    response.status(201).json({ run, turn: ++turns, bytes: request.body.length > 100 });
});
app.post('/items', express.json(), (request, response) => {
    const items = Object.entries(request.body).sort();
    response.status(201).location(`/items/${run}`).json({ id: run, items });
});
app.get('/items/:id', (request, response) => {
    response.cookie('seen', 'yes').json({ id: request.params.id, same: request.params.id === run });
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
