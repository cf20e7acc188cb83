// Makes the page: one classic script (mosquitto sends no Content-Type, and browsers then refuse modules), one style sheet,
// both named by their hashes so that no cache shows an old one, and the licences of what is inside.
//
//   node build.js OUT_DIR WORK_DIR           packages of npm go into WORK_DIR, the source stays clean
//   node build.js --test WORK_DIR            the unit tests instead; TAP on standard output
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

// The packages of the lock file, fetched once; no package runs a script of its own.
function install(work) {
    const lock = readFileSync(join(here, 'package-lock.json'), 'utf8');
    const kept = join(work, 'package-lock.json');
    const done = join(work, 'node_modules/.package-lock.json');
    if (existsSync(done) && existsSync(kept) && readFileSync(kept, 'utf8') === lock) {
        return;
    }
    mkdirSync(work, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) {
        copyFileSync(join(here, name), join(work, name));
    }
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
        { cwd: work, stdio: ['ignore', 2, 2] });
}

function options(work) {
    return {
        absWorkingDir: here, nodePaths: [join(work, 'node_modules')], bundle: true, target: 'es2022',
        jsx: 'automatic', jsxImportSource: 'preact', define: { 'process.env.NODE_ENV': '"production"' },
    };
}

function nameOf(outputs, end) {
    return Object.keys(outputs).map((path) => path.split('/').pop()).find((name) => name.endsWith(end));
}

// Of every package that may be inside: what mqtt.js brings along is bundled by its makers already.
function licences(work) {
    const { packages } = JSON.parse(readFileSync(join(work, 'node_modules/.package-lock.json'), 'utf8'));
    const folders = Object.keys(packages).filter((folder) => !packages[folder].dev).sort();
    return folders.map((folder) => {
        const file = readdirSync(join(work, folder)).find((name) => /^licen[sc]e/i.test(name));
        const text = file ? readFileSync(join(work, folder, file), 'utf8') : '';
        const { version, license } = packages[folder];
        return `${folder.split('node_modules/').pop()} ${version} (${license})\n\n${text.trim()}\n`;
    }).join(`\n${'-'.repeat(80)}\n\n`);
}

async function buildPage(esbuild, out, work) {
    const { metafile } = await esbuild.build({
        ...options(work), entryPoints: { page: join(here, 'src/main.jsx') }, outdir: join(work, 'page'),
        entryNames: '[name]-[hash]', metafile: true, format: 'iife', minify: true, legalComments: 'none',
    });
    const names = [nameOf(metafile.outputs, '.js'), nameOf(metafile.outputs, '.css')];
    mkdirSync(out, { recursive: true });
    readdirSync(out).filter((name) => /^page-/.test(name)).forEach((name) => rmSync(join(out, name)));
    names.forEach((name) => copyFileSync(join(work, 'page', name), join(out, name)));
    const index = readFileSync(join(here, 'index.html'), 'utf8');
    writeFileSync(join(out, 'index.html'), index.replace('page.js', names[0]).replace('page.css', names[1]));
    writeFileSync(join(out, 'version.json'), `${JSON.stringify({ script: names[0] })}\n`);
    writeFileSync(join(out, 'third-party-licences.txt'), licences(work));
    copyFileSync(join(here, 'config.json'), join(out, 'config.json'));
}

async function runTests(esbuild, work) {
    const names = readdirSync(join(here, 'tests')).filter((name) => name.endsWith('.test.js'));
    await esbuild.build({
        ...options(work), entryPoints: names.map((name) => join(here, 'tests', name)), outdir: join(work, 'tests'),
        platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' },
    });
    const files = names.map((name) => join(work, 'tests', name.replace(/js$/, 'mjs')));
    process.exitCode = spawnSync('node', ['--test', '--test-reporter=tap', ...files], { cwd: here, stdio: 'inherit' }).status;
}

const [out, work] = process.argv.slice(2).map((name) => (name === '--test' ? name : resolve(name)));
if (!work) {
    console.error('usage: node build.js OUT_DIR|--test WORK_DIR');
    process.exit(2);
}
try {
    install(work);
} catch (error) {
    console.error(error.message);
    if (out === '--test') {
        console.log('1..0 # SKIP npm did not give its packages');
    }
    process.exit(out === '--test' ? 0 : 1);
}
const esbuild = createRequire(join(work, 'package.json'))('esbuild');
await (out === '--test' ? runTests(esbuild, work) : buildPage(esbuild, out, work));
