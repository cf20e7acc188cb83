// The views, in the order of the tabs and of the digit keys. A view is a component of {node}; a new one is one line here.
import { City } from './city.jsx';

export const VIEWS = [
    { path: 'city', component: City },
];
