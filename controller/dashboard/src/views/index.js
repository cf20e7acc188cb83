// The views, in the order of the tabs and of the digit keys. A view is a component of {node}; a new one is one line here.
import { Alarms } from './alarms.jsx';
import { City } from './city.jsx';
import { Corridor } from './corridor.jsx';
import { Events } from './events.jsx';
import { Junction } from './junction.jsx';
import { Measures } from './measures.jsx';

export const VIEWS = [
    { path: 'city', component: City },
    { path: 'junction', component: Junction },
    { path: 'corridor', component: Corridor },
    { path: 'measures', component: Measures },
    { path: 'alarms', component: Alarms },
    { path: 'events', component: Events },
];
