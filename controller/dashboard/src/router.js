// The address after # says what is shown, so that a view can be kept as a bookmark and sent to a colleague:
// #/junction/balikesir/saat-kulesi
import { signal } from '@preact/signals';

export const route = signal(parse(location.hash));

function parse(hash) {
    const [path, query] = hash.replace(/^#\/?/, '').split('?');
    const [view, ...args] = path.split('/').map(decodeURIComponent);
    return { view: view || 'city', node: args.join('/'), query: new URLSearchParams(query) };
}

export function address(view, node = '', query = {}) {
    const words = new URLSearchParams(query).toString();
    return `#/${view}${node && `/${node}`}${words && `?${words}`}`;
}

export function go(view, node, query) {
    location.hash = address(view, node, query);
}

addEventListener('hashchange', () => (route.value = parse(location.hash)));
