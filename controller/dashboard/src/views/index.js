// The views, in the order of the tabs and of the digit keys. A view is a component of {node}; a new one is one line here.
import { Alarms } from './alarms.jsx';
import { City } from './city.jsx';
import { Events } from './events.jsx';
import { Junction } from './junction.jsx';

export const VIEWS = [
    { path: 'city', component: City },
    { path: 'junction', component: Junction },
    { path: 'alarms', component: Alarms },
    { path: 'events', component: Events },
];
