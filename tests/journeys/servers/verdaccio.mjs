// Verdaccio, a registry of npm's: node verdaccio.mjs MODULES FOLDER
//
// Prints its port, and ends with its standard input. Anybody may publish, and nothing is looked for elsewhere.
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, folder] = process.argv.slice(2);
const { runServer } = createRequire(path.join(modules, 'x.js'))('verdaccio');
const everybody = { access: '$all', publish: '$all', unpublish: '$all' };
const app = await runServer({
    self_path: path.join(folder, 'config.yaml'),
    configPath: path.join(folder, 'config.yaml'),
    storage: path.join(folder, 'storage'),
    auth: { htpasswd: { file: path.join(folder, 'htpasswd') } },
    uplinks: {},
    packages: { '@*/*': everybody, '**': everybody },
    web: { enable: false },
    log: { type: 'file', path: path.join(folder, 'log'), level: 'error' },
});
app.listen(0, '127.0.0.1', function () {
    console.log(this.address().port);
});
process.stdin.resume().on('end', () => process.exit(0));
