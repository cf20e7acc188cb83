// The page: a bar with the views and what is wrong with the page's own knowledge, and one view below.
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { link, signIn, signInAgain, signOut, user } from './connection.js';
import { language, say, switchLanguage, t, timeOf, unknownWords } from './i18n.js';
import { address, go, route } from './router.js';
import { startSound } from './sound.js';
import { junctions, now, unreadable } from './store.js';
import { VIEWS } from './views/index.js';
import './style.css';

const config = signal(null);
const isOlder = signal(false);
const VERSION_MS = 60000;
const ownScript = document.querySelector('script[src]').getAttribute('src');

function Login() {
    const submit = (event) => {
        event.preventDefault();
        const form = new FormData(event.target);
        signIn(form.get('name'), form.get('password'), config.value);
    };
    return (
        <form class="login" onSubmit={submit}>
            <h1>Kavşak</h1>
            {link.value.why && <p class="notice bad" role="alert">{t(link.value.why)}</p>}
            <label>{t('login.name')}<input name="name" autocomplete="username" autofocus /></label>
            <label>{t('login.password')}
                <input name="password" type="password" autocomplete="current-password" />
            </label>
            <button class="main">{t('login.enter')}</button>
            <p class="quiet">{t('login.hint')}</p>
            <button type="button" onClick={switchLanguage}>{t('page.language')}</button>
        </form>
    );
}

function Tab({ view, digit }) {
    const isHere = route.value.view === view.path;
    return (
        <a href={address(view.path, route.value.node)} aria-current={isHere ? 'page' : undefined}>
            {t(`view.${view.path}`)}<kbd>{digit}</kbd>
        </a>
    );
}

function Bar() {
    const state = link.value.state;
    return (
        <header class="bar">
            <b class="brand">Kavşak</b>
            <nav>{VIEWS.map((view, i) => <Tab view={view} digit={i + 1} key={view.path} />)}</nav>
            <span class="filler" />
            <span class={`link ${state}`}>{state === 'live' ? '●' : '○'} {say('link', state === 'away' ? 'connecting' : state)}</span>
            <time>{timeOf(now.value)}</time>
            <button onClick={switchLanguage}>{t('page.language')}</button>
            <button onClick={switchTheme} title={t('page.theme')} aria-label={t('page.theme')}>◐</button>
            <button onClick={() => signOut()}>{user.value} ⏏<span class="hidden">{t('page.out')}</span></button>
        </header>
    );
}

// What makes all else on the page doubtful comes first.
function Notices() {
    const skews = junctions.value.map((junction) => junction.skewMs).filter((ms) => ms !== null).sort((a, b) => a - b);
    const skewMs = now.value && (skews[skews.length >> 1] || 0);
    const words = [...unknownWords.value];
    return (
        <div class="notices" aria-live="polite">
            {link.value.state !== 'live' && <p class="notice bad">{t(link.value.why || 'link.connecting')} {timeOf(link.value.since)}</p>}
            {isOlder.value && <p class="notice">{t('page.older')} <button onClick={() => location.reload()}>{t('page.reload')}</button></p>}
            {words.length > 0 && <p class="notice">{t('page.unknown', words.join(', '))}</p>}
            {unreadable.value > 0 && <p class="notice">{t('page.unreadable', unreadable.value)}</p>}
            {Math.abs(skewMs) > 3000 && <p class="notice">{t('page.clock', t('span.seconds', (skewMs / 1000).toFixed(1)))}</p>}
        </div>
    );
}

function Page() {
    if (!config.value || link.value.state === 'out') {
        return config.value && <Login />;
    }
    const { component: View } = VIEWS.find((view) => view.path === route.value.view) || VIEWS[0];
    return (
        <>
            <Bar />
            <Notices />
            <main><View node={route.value.node} query={route.value.query} /></main>
        </>
    );
}

function switchTheme() {
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    const theme = (document.documentElement.dataset.theme || (isDark ? 'dark' : 'light')) === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('theme', theme);
}

function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest('input, select, textarea')) {
        return;
    }
    const view = VIEWS[Number(event.key) - 1];
    if (view) {
        go(view.path, route.value.node);
    }
}

async function watchVersion() {
    const answer = await fetch('version.json', { cache: 'no-store' }).catch(() => null);
    const version = answer?.ok ? await answer.json() : null;
    isOlder.value = version !== null && version.script !== ownScript;
}

async function start() {
    document.documentElement.dataset.theme = localStorage.getItem('theme') || '';
    config.value = await fetch('config.json').then((answer) => answer.json()).catch(() => ({}));
    signInAgain(config.value);
    startSound();
    addEventListener('keydown', onKey);
    setInterval(watchVersion, VERSION_MS);
}

effect(() => (document.title = `Kavşak – ${t(`view.${route.value.view}`)} ${language.value && route.value.node}`.trim()));
render(<Page />, document.getElementById('page'));
start();
