/**
 * The API's address, and the only place that knows it.
 *
 * "/api" is right where one server gives both this page and the API. For a page
 * on static hosting, name the Function app in full, for example
 *   https://<app>.azurewebsites.net/api
 * and allow this page's origin in that app's CORS settings.
 */
export const API = "/api";
