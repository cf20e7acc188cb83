import { junctions } from '../store.js';

export function City() {
    return <ul>{junctions.value.map((junction) => <li key={junction.node}>{junction.name} {junction.presence.value.word}</li>)}</ul>;
}
