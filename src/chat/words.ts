import type { Command, Language } from './intent.ts';

/*
 * Every word that is understood, each list divided by `|`, in small letters. Accents, and ae for ä, need no entries of their own: a
 * lexicon adds them. A word has one meaning within a table; a longer phrase wins over a shorter one.
 */

type Speech = Readonly<Record<Language, string>>;
type Table<K extends string> = Readonly<Record<K, Speech>>;

/** What is asked; `Down` is Failing today and Availability of a time that is past. */
export const QUESTIONS = {
  Availability: {
    en: 'availability|available|uptime|downtime|unavailable|unavailability|reachable|reachability|availabilities|sla',
    de: 'verfügbarkeit|verfügbar|verfügbarkeiten|erreichbarkeit|erreichbar|ausfallzeit|ausfallzeiten|nicht verfügbar|nicht erreichbar',
  },
  Status: {
    en: 'status|state|states|health|healthy|standing|verdict|verdicts|overview|how is|how are|how does|is up|are up|up and running|running|all good|everything ok|everything fine',
    de: 'status|zustand|lage|überblick|übersicht|stand|läuft|laufen|wie geht|wie steht|alles gut|alles ok|alles in ordnung|gesund',
  },
  Failing: {
    en: 'fails|failing|fail|failed|failures|failure|broken|wrong|problem|problems|issues|issue|errors|error|deviations|red|why|what is going on|not ok|not working|does not work',
    de: 'kaputt|schlägt fehl|schlagen fehl|fehlgeschlagen|fehlschläge|fehler|problem|probleme|abweichungen|rot|warum|wieso|weshalb|was ist los|klemmt|hakt|gestört|verletzt|geht nicht|gehen nicht|funktioniert nicht|läuft nicht|laufen nicht|brennt',
  },
  Down: { en: 'down|offline|outage|outages|is not up', de: 'ausgefallen|ausfall|ausfälle|weg|nicht da' },
  ListIncidents: {
    en: 'incidents|open incidents|which incidents|any incidents',
    de: 'vorfälle|offene vorfälle|störungen|offene störungen|vorfällen|störungsliste',
  },
  ShowIncident: {
    en: 'incident|resolved|fixed|details|detail|timeline|progress|news|update|updates',
    de: 'vorfall|vorfalls|störung|einzelheiten|gelöst|behoben|erledigt|verlauf|fortschritt|neues|neuigkeiten',
  },
  ListChanges: {
    en: 'changes|change|planned|planned changes|planned maintenance|maintenance|maintenances|maintenance window|maintenance windows|change records',
    de: 'änderungen|änderung|geplante änderungen|geplant|geplante|geplanten|wartung|wartungen|wartungsfenster|wartungsarbeiten',
  },
} as const satisfies Table<string>;

/** What is to be done: a verb that opens the request, behind no more than politeness and names. */
export const ORDERS = {
  OpenIncident: {
    en: 'open incident|create incident|report incident|raise incident|declare incident|new incident|start incident|log incident',
    de: 'eröffne|eröffne vorfall|öffne vorfall|melde|melde vorfall|erstelle vorfall|neuer vorfall|lege vorfall an|vorfall eröffnen|vorfall öffnen|vorfall melden|vorfall anlegen|vorfall erstellen|eröffne störung|melde störung|neue störung|störung melden',
  },
  UpdateIncident: {
    en: 'update|post update|inform|notify|add update',
    de: 'aktualisiere|aktualisieren|aktualisierung|informiere|informieren|benachrichtige|benachrichtigen|ergänze|ergänzen',
  },
  ResolveIncident: {
    en: 'resolve|close|solve|mark resolved',
    de: 'löse|lösen|schließe|schließen|schließe ab|abschließen|behebe|beende|beenden',
  },
  DismissIncident: { en: 'dismiss|reject|discard', de: 'verwirf|verwerfe|verwerfen|ablehnen' },
  ConfirmIncident: {
    en: 'confirm incident|confirm suspicion',
    de: 'bestätige vorfall|bestätige verdacht|vorfall bestätigen|verdacht bestätigen',
  },
  ReopenIncident: {
    en: 'reopen|re-open|reopen incident|open again',
    de: 'öffne|öffne wieder|wieder öffnen|wiedereröffnen|wiedereröffne|öffne erneut|erneut öffnen',
  },
  Withhold: { en: 'withhold|hold back|keep back', de: 'halte|halte zurück|zurückhalten|enthalte|vorenthalten' },
  Comment: {
    en: 'comment|comment on|note|remark|add comment|annotate',
    de: 'kommentiere|kommentieren|kommentar|notiere|notiz|anmerkung|vermerke',
  },
  Acknowledge: {
    en: 'ack|acknowledge|acknowledged|seen|got it|noted',
    de: 'quittiere|quittieren|quittiert|gesehen|zur kenntnis|zur kenntnis genommen|verstanden',
  },
  Confirm: {
    en: 'confirm|confirmed|yes|yes confirm|yes do it|do it|go ahead',
    de: 'bestätige|bestätigen|bestätigt|ja|ja bestätigt|ja mach das|mach das|jawohl',
  },
  Cancel: {
    en: 'cancel|no|cancel it|abort|never mind|nevermind|forget it|do not|drop it',
    de: 'abbrechen|nein|abbruch|brich ab|doch nicht|lass es|vergiss es',
  },
  Help: {
    en: 'help|help me|commands|usage|what can you do|what can i ask|how does this work',
    de: 'hilfe|hilf mir|helfen|befehle|kommandos|anleitung|was kannst du|was kann ich fragen|wie geht das',
  },
} as const satisfies Table<string>;

/** What names are called by. */
export const NOUNS = {
  service: { en: 'service|services|system|app|application', de: 'dienst|dienste|dienstes|diensts|anwendung' },
  incident: { en: 'incident|incidents|suspicion', de: 'vorfall|vorfälle|vorfalls|störung|verdacht' },
  criterion: { en: 'criterion|criteria|check|test', de: 'kriterium|kriterien|prüfung' },
  deviation: { en: 'deviation', de: 'abweichung' },
} as const satisfies Table<string>;

export const AUDIENCES = {
  customers: { en: 'customers|customer|clients|client|users|everyone|everybody', de: 'kunden|kunde|nutzer|alle' },
  authority: { en: 'authority|auditor|auditors|ca', de: 'behörde|prüfstelle|zertifizierungsstelle|prüfer|auditor|aufsicht' },
  internal: { en: 'internal|internally|team|us|ourselves', de: 'intern|interne|team|uns|kollegen' },
} as const satisfies Table<string>;

export const SEVERITIES = {
  low: { en: 'low|minor', de: 'niedrig|gering|niedrige|niedrigen|geringe|geringen' },
  medium: { en: 'medium|moderate|normal', de: 'mittel|mittlere|mittleren|mäßig' },
  high: { en: 'high|major|severe', de: 'hoch|hohe|hoher|hohen|schwer|schwerer|schweren|schwerwiegend|schwerwiegenden' },
  critical: { en: 'critical|crit|emergency', de: 'kritisch|kritische|kritischer|kritischen' },
} as const satisfies Table<string>;

export const SEVERITY_NOUN: Speech = { en: 'severity', de: 'schwere|schweregrad|dringlichkeit' };

/** The parts of a resolution. */
export const RESOLUTION = {
  cause: { en: 'cause|root cause|reason|because', de: 'ursache|grund' },
  measures: { en: 'measures|measure|fix|action|actions|remedy', de: 'maßnahmen|maßnahme|behebung|lösung' },
  prevention: {
    en: 'prevention|prevent|preventive measures|follow-up',
    de: 'vorbeugung|vorbeugend|prävention|vermeidung|künftig',
  },
} as const satisfies Table<string>;

/** Of the words for yes, those that also confirm a suspicion. */
export const CONFIRMING: Speech = { en: 'confirm|confirmed', de: 'bestätige|bestätigen|bestätigt' };

/** What is said of a suspicion that is none. */
export const REAL: Speech = {
  en: 'is real|real|as real|is true|is an incident|is a real incident',
  de: 'ist echt|echt|als echt|ist ein vorfall|ist ein echter vorfall|ist wahr|wirklich',
};

/** Of what is opened once more. */
export const AGAIN: Speech = { en: 'again', de: 'wieder|erneut|nochmal|noch einmal' };

/** Beside the name of what is withheld, and the audience. */
export const WITHHOLDING: Speech = { en: 'from|back', de: 'vor|zurück' };

/** After these a text begins. */
export const BECAUSE: Speech = { en: 'because|because of|reason|as|since|due to', de: 'weil|wegen|grund|da|denn' };

/** May stand before a verb or a question and says nothing. */
export const POLITENESS: Speech = {
  en: 'please|may i|may we|can i|can you|could you|would you|will you|i want to|i would like to|let me|hi|hello|hey|thanks|thank you',
  de: 'bitte|kannst du|könntest du|würdest du|ich möchte|ich will|mir|mal|hallo|danke|moin|servus',
};

/** May stand between the words of a phrase, before a name and around an audience. */
export const SMALL: Speech = {
  en: 'a|an|the|new|my|our|this|that|for|to|on|about|of|in|at|and|with|off|it',
  de: 'ein|eine|einen|einer|einem|der|die|das|den|dem|des|neu|neue|neuen|neuer|für|über|an|am|zu|zum|zur|ab|auf|von|vom|in|im|und|mit|bei|es',
};

/** Says nothing in a question. */
export const FILLERS: Speech = {
  en: 'what|which|who|how|is|are|was|were|be|been|has|have|had|do|does|did|me|us|you|i|we|there|their|its|all|any|every|each|now|right|currently|at the moment|moment|today is|show|list|give|tell|get|display|see|look|print|find|check|much|many|long|often|still|up|so|far|just|really|actually|well|currently open|open|active|ongoing|current|ok|okay|fine|know|want|like|would|can|could|whole|over|during|within|by|than|percent|figure|figures|everything|anything|something|or|if|not|services|latest|recent|assay|wrong with|going|here|out',
  de: 'was|welche|welcher|welches|welchen|wer|wie|ist|sind|war|waren|hat|hatte|haben|gibt|gab|geht|es|mir|mich|uns|du|ich|wir|da|dort|alle|aller|alles|jede|jeder|jetzt|gerade|aktuell|aktuelle|aktuellen|aktueller|momentan|derzeit|im moment|moment|zeig|zeige|liste|gib|sag|sage|nenne|anzeigen|zeigen|such|viel|viele|lange|oft|noch|denn|so|eigentlich|wirklich|offen|offene|offenen|laufende|wissen|kann|könnte|ganz|ganze|ganzen|über|während|innerhalb|prozent|zahl|zahlen|irgendwas|etwas|oder|ob|nicht|los|hoch|gut|ok|okay|hier|sein|mit|seinen|neueste|assay|fehl|und|um|doch|auch',
};

/** Words of time, each under the English one that stands for it. */
export const DAYS: Readonly<Record<string, Speech>> = {
  '0': { en: 'today|tonight', de: 'heute' },
  '-1': { en: 'yesterday', de: 'gestern' },
  '-2': { en: 'day before yesterday', de: 'vorgestern|vor gestern' },
  '1': { en: 'tomorrow', de: 'morgen' },
  '2': { en: 'day after tomorrow', de: 'übermorgen' },
};

export const UNITS = {
  hour: { en: 'hour|hours|hrs|hr|h', de: 'stunde|stunden|std' },
  day: { en: 'day|days', de: 'tag|tage|tagen|tages' },
  week: { en: 'week|weeks', de: 'woche|wochen|kw|kalenderwoche' },
  month: { en: 'month|months', de: 'monat|monate|monaten|monats' },
  quarter: { en: 'quarter|quarters', de: 'quartal|quartale|quartals|quartalen' },
  year: { en: 'year|years', de: 'jahr|jahre|jahren|jahres' },
} as const satisfies Table<string>;

export const MONTHS: Readonly<Record<string, Speech>> = {
  january: { en: 'january|jan', de: 'januar|jänner' },
  february: { en: 'february|feb', de: 'februar|feber' },
  march: { en: 'march|mar', de: 'märz|mrz' },
  april: { en: 'april|apr', de: 'april' },
  may: { en: 'may', de: 'mai' },
  june: { en: 'june|jun', de: 'juni' },
  july: { en: 'july|jul', de: 'juli' },
  august: { en: 'august|aug', de: 'august' },
  september: { en: 'september|sep|sept', de: 'september' },
  october: { en: 'october|oct', de: 'oktober|okt' },
  november: { en: 'november|nov', de: 'november' },
  december: { en: 'december|dec', de: 'dezember|dez' },
};

/** In the order of a week; no abbreviations of two letters, which are words of their own. */
export const WEEKDAYS: Readonly<Record<string, Speech>> = {
  monday: { en: 'monday|mondays|mon', de: 'montag|montags' },
  tuesday: { en: 'tuesday|tue|tues', de: 'dienstag' },
  wednesday: { en: 'wednesday|wed', de: 'mittwoch' },
  thursday: { en: 'thursday|thu|thurs', de: 'donnerstag' },
  friday: { en: 'friday|fri', de: 'freitag' },
  saturday: { en: 'saturday|sat', de: 'samstag|sonnabend' },
  sunday: { en: 'sunday|sun', de: 'sonntag' },
};

/** How spans are put together. */
export const TIME_JOINTS = {
  last: {
    en: 'last|past|previous|preceding',
    de: 'letzte|letzten|letzter|letztes|letztem|vergangene|vergangenen|vergangener|vorige|vorigen|voriger|voriges|vorherige|vorherigen',
  },
  this: {
    en: 'this|current|the current',
    de: 'diese|diesen|dieser|dieses|diesem|aktuelle|aktuellen|laufende|laufenden|laufendes|aktuelles',
  },
  next: {
    en: 'next|coming|following',
    de: 'nächste|nächsten|nächster|nächstes|kommende|kommenden|kommender|folgende|folgenden',
  },
  ago: { en: 'ago', de: 'her' },
  before: { en: 'before', de: 'vor' },
  from: { en: 'from', de: 'vom|von' },
  since: { en: 'since|starting|starting from|starting on|starting with', de: 'seit|ab' },
  onwards: {
    en: 'on|onward|onwards|until now|till now|to now|up to now|so far',
    de: 'an|bis jetzt|bisher|bis dato',
  },
  between: { en: 'between', de: 'zwischen' },
  to: { en: 'to|until|till|through|thru|up to|-|..', de: 'bis|bis zum|bis einschließlich' },
  and: { en: 'and', de: 'und' },
} as const satisfies Table<string>;

export const NUMBERS: Readonly<Record<string, Speech>> = {
  '1': { en: 'one', de: 'einem|einer' },
  '2': { en: 'two', de: 'zwei' },
  '3': { en: 'three', de: 'drei' },
  '4': { en: 'four', de: 'vier' },
  '5': { en: 'five', de: 'fünf' },
  '6': { en: 'six', de: 'sechs' },
  '7': { en: 'seven', de: 'sieben' },
  '8': { en: 'eight', de: 'acht' },
  '9': { en: 'nine', de: 'neun' },
  '10': { en: 'ten', de: 'zehn' },
  '12': { en: 'twelve', de: 'zwölf' },
  '14': { en: 'fourteen', de: 'vierzehn' },
  '30': { en: 'thirty', de: 'dreißig' },
};

export const ORDINALS: Readonly<Record<string, Speech>> = {
  '1': { en: 'first', de: 'erste|ersten|erster|erstes' },
  '2': { en: 'second', de: 'zweite|zweiten|zweiter|zweites' },
  '3': { en: 'third', de: 'dritte|dritten|dritter|drittes' },
  '4': { en: 'fourth', de: 'vierte|vierten|vierter|viertes' },
};

/** What help shows of each command; `{service}`, `{incident}` and `{criterion}` stand for names. */
export const EXAMPLES: Table<Command> = {
  Availability: {
    en: 'availability {service} last 7 days|how available was {service} yesterday|availability {service} from 1 to 15 October',
    de: 'Verfügbarkeit {service} letzte 7 Tage|wie verfügbar war {service} gestern|Verfügbarkeit {service} vom 1. bis 15. Oktober',
  },
  Status: { en: 'status|status {service}', de: 'Status|Status {service}' },
  Failing: { en: 'what fails and why|why is {service} broken', de: 'was ist kaputt|warum ist {service} kaputt' },
  ListIncidents: { en: 'incidents', de: 'Vorfälle' },
  ShowIncident: { en: 'show incident {incident}', de: 'zeige Vorfall {incident}' },
  ListChanges: {
    en: 'changes|which changes are planned for {service}',
    de: 'Änderungen|welche Änderungen sind für {service} geplant',
  },
  OpenIncident: {
    en: 'open incident {service}: payments stuck (high)',
    de: 'eröffne Vorfall {service}: Zahlungen hängen (hoch)',
  },
  UpdateIncident: {
    en: 'update {incident} for customers: we are working on it',
    de: 'aktualisiere {incident} für Kunden: wir arbeiten daran',
  },
  ResolveIncident: {
    en: 'resolve {incident}: cause a full disk; measures a larger disk; prevention an alert at 80 %',
    de: 'löse {incident}: Ursache volle Platte; Maßnahmen größere Platte; Vorbeugung Alarm bei 80 %',
  },
  DismissIncident: { en: 'dismiss {incident}: false alarm', de: 'verwirf {incident}: Fehlalarm' },
  ConfirmIncident: { en: 'confirm {incident} is real', de: 'bestätige Vorfall {incident}' },
  ReopenIncident: { en: 'reopen {incident}', de: 'öffne {incident} wieder' },
  Withhold: {
    en: 'withhold {criterion} from customers: known, no impact',
    de: 'halte {criterion} vor Kunden zurück: bekannt, ohne Folgen',
  },
  Comment: { en: 'comment {criterion}: planned maintenance', de: 'kommentiere {criterion}: geplante Wartung' },
  Acknowledge: { en: 'ack|ack {incident}', de: 'quittiere|quittiere {incident}' },
  Confirm: { en: 'yes|confirm', de: 'ja|bestätige' },
  Cancel: { en: 'no|cancel', de: 'nein|abbrechen' },
  Help: { en: 'help|help availability', de: 'Hilfe|Hilfe Verfügbarkeit' },
};
