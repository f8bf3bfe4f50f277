// Leaflet, which makes itself the global L: the page's map uses it, and so do layers that an analyst adds through Folium.

import "leaflet";
