// The sentences with which a command is refused, in Turkish; the interface tells them in English. A sentence that is not
// here is shown as it came.
import { language } from './i18n.js';

// prettier-ignore
const SENTENCES = [
    [/^the controller does not answer$/, 'denetleyici yanıt vermiyor'],
    [/^the clock is not synchronised.*$/, 'saat eşzamanlı değil; yalnız okunabilir'],
    [/^needs the role (.+), asked as (.+)$/, 'gereken yetki: $1; isteyenin yetkisi: $2'],
    [/^needs the role operator$/, 'operatör yetkisi gerekir'],
    [/^meant for another node$/, 'başka bir kavşak için gönderilmiş'],
    [/^a retained command is never carried out$/, 'sunucuda saklanmış bir komut hiçbir zaman uygulanmaz'],
    [/^this node has no such command$/, 'bu kavşakta böyle bir komut yok'],
    [/^more commands than a junction can need$/, 'bir kavşağa gerekenden çok komut geldi'],
    [/^too many commands are under way$/, 'çok sayıda komut sonuç bekliyor'],
    [/^too many commands are in force$/, 'çok sayıda komut yürürlükte'],
    [/^the junction has no such pattern, stage, group or detector$/, 'kavşakta böyle bir plan, aşama, grup ya da dedektör yok'],
    [/^the junction cannot make sense of its values$/, 'kavşak bu değerleri anlamadı'],
    [/^the junction does not allow it now$/, 'kavşak buna şu anda izin vermiyor'],
    [/^the junction gave no result in time$/, 'kavşak süresinde sonuç bildirmedi'],
    [/^stale: its valid_until is (\d+) ms past$/, 'gecikmiş: geçerliliği $1 ms önce bitmiş'],
    [/^valid_until is past, or more than 30 s ahead$/, 'geçerliliği geçmiş ya da 30 sn’den uzak: bilgisayarın saati yanlış olabilir'],
    [/^valid_until is more than (\d+) s ahead.*$/, 'geçerliliği $1 sn’den uzak: gönderenin saati yanlış olabilir'],
    [/^until must lie within the next (.+) h$/, 'bitiş önümüzdeki $1 saat içinde olmalı'],
    [/^until must lie within the next 31 days$/, 'bitiş önümüzdeki 31 gün içinde olmalı'],
    [/^counter (\d+) is not above the last one of (.+): repeated or out of order$/, '$2 adına yinelenmiş ya da sırası bozuk (sayaç $1)'],
    [/^token is missing or another's.*$/, 'hazırlık anahtarı eksik ya da başkasının: önce hazırlayın'],
    [/^token is more than 30 s old: prepare again$/, 'hazırlık 30 sn’den eski: yeniden hazırlayın'],
    [/^why is (missing|too long).*$/, 'gerekçe yok ya da çok uzun'],
];

export function refusalOf(text) {
    const row = language.value === 'tr' && SENTENCES.find(([pattern]) => pattern.test(text));
    return row ? text.replace(...row) : text;
}
